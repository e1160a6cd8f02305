"""The description of ``api/v1`` (OpenAPI 3.1): the same at every site, but for its prefix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from bandeau.core.decision import Reason
from bandeau.core.policy import Enforce

Document = dict[str, Any]

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_ID = {"type": "string", "minLength": 1, "maxLength": 64}
_NAMES = {
    "site": {"type": "string"},
    "environment": {"type": "string"},
    "revision": {"type": "integer", "minimum": 1, "description": "The revision of the policy in force."},
}


def openapi(prefix: str = Enforce().prefix) -> Document:
    """Return the document, for a site with this prefix."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bandeau: decisions for other back ends",
            "version": "1",
            "description": "Whether a reader allows a purpose or service, asked by a server that has the "
            "reader's choice cookie. Tokens are made with `bandeau tokens create`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/decisions": {"post": _decisions()},
            "/api/v1/policy": {"get": _policy()},
            "/api/openapi.json": {"get": _document()},
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`bdt_…`, by bandeau tokens create",
                }
            },
            "schemas": {
                "Question": _question(),
                "Answer": _answer(),
                "Policy": _described(),
                "Problem": _problem(),
            },
        },
    }


def _decisions() -> Document:
    return {
        "operationId": "decide",
        "summary": "Decide what a reader allows",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}}},
        },
        "responses": {
            "200": _success("The decisions, by purpose or service.", "Answer"),
            "400": _failure("The body is no question."),
            **_token_failures(),
            "413": _failure("The body is too large."),
            "415": _failure("The body is not JSON."),
        },
    }


def _policy() -> Document:
    return {
        "operationId": "policy",
        "summary": "Say what it takes to verify the cookie without asking",
        "description": "The keys are not in it: they are in the site's key file.",
        "responses": {"200": _success("The purposes of the token.", "Policy"), **_token_failures()},
    }


def _document() -> Document:
    return {
        "operationId": "document",
        "summary": "This document",
        "security": [],
        "responses": {
            "200": {
                "description": "The OpenAPI document.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }


def _success(meaning: str, schema: str) -> Document:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": meaning, "content": content}


def _failure(meaning: str, *headers: str) -> Document:
    found: Document = {
        "description": meaning,
        "content": {"application/problem+json": {"schema": _PROBLEM_REF}},
    }
    if headers:
        found["headers"] = {name: {"schema": {"type": "string"}, "required": True} for name in headers}
    return found


def _token_failures() -> Document:
    return {
        "401": _failure(
            "There is no token, or it is none of this site's, or it has expired.", "WWW-Authenticate"
        ),
        "403": _failure("The token is for another environment, or does not cover what was asked."),
        "429": _failure("The token asks too often.", "Retry-After"),
    }


def _question() -> Document:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "choice": {
                "type": ["string", "null"],
                "maxLength": 4096,
                "default": None,
                "description": "The value of the choice cookie; null when the browser sent none. When it "
                'sent several of that name, send "", which is a choice that cannot be trusted.',
            },
            "gpc": {
                "type": "boolean",
                "default": False,
                "description": "Whether the browser sent `Sec-GPC: 1`.",
            },
            "subjects": {
                "type": "array",
                "minItems": 1,
                "maxItems": 64,
                "items": _ID,
                "description": "Purposes and services; all purposes of the token when absent.",
            },
        },
        "examples": [{"choice": None, "gpc": False, "subjects": ["audience"]}],
    }


def _answer() -> Document:
    decision = {
        "type": "object",
        "additionalProperties": False,
        "required": ["allowed", "reason"],
        "properties": {
            "allowed": {"type": "boolean"},
            "reason": {"type": "string", "enum": [reason.value for reason in Reason]},
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["site", "environment", "revision", "choice", "decisions"],
        "properties": {
            **_NAMES,
            "choice": {
                "type": "string",
                "enum": ["none", "invalid", "expired", "valid"],
                "description": "What the cookie is worth.",
            },
            "decisions": {"type": "object", "additionalProperties": decision},
        },
    }


def _described() -> Document:
    purpose = {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "bit", "necessary", "gpc", "yes_since"],
        "properties": {
            "id": _ID,
            "bit": {"type": "integer", "minimum": 0, "description": "Its place in the cookie's sets."},
            "necessary": {"type": "boolean", "description": "Always allowed, whatever the cookie says."},
            "gpc": {"type": "boolean", "description": "Whether `Sec-GPC: 1` refuses it."},
            "yes_since": {"type": "integer", "description": "A yes of an older revision no longer stands."},
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["site", "environment", "revision", "cookie", "remember_days", "purposes"],
        "properties": {
            **_NAMES,
            "cookie": {"type": "string", "description": "The name of the choice cookie."},
            "remember_days": {"type": "integer", "minimum": 1},
            "purposes": {"type": "array", "items": purpose},
        },
    }


def _problem() -> Document:
    return {
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(msgspec.json.format(msgspec.json.encode(openapi()), indent=2) + b"\n")
