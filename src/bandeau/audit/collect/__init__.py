"""Collect: visit a site with a real Chromium in every scenario, and record what it does."""

from bandeau.audit.collect.auditing import audit_site
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.tab import Pace

__all__ = ["AuditOptions", "Pace", "audit_site"]
