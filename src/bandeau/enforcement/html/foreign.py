"""Which elements of SVG and MathML are open, as far as it changes how the next bytes are read.

WHATWG HTML §13.2.6.5. Only foreign elements are remembered; HTML inside an integration point is
counted. Where markup is broken in a way that needs the whole tree, an end tag closes what it names.
"""

_BREAKOUT = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing"
    b" menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
# An end tag of one of these that closes nothing in the drawing closes something around it.
_OUTER = _BREAKOUT | frozenset(
    b"a section article aside header footer nav main figure figcaption button label form fieldset td th"
    b" tr tbody thead tfoot html abbr cite q time picture video audio details summary dialog template"
    b" noscript".split()
)
_SVG_POINTS = frozenset((b"foreignobject", b"desc", b"title"))
_MATH_TEXT_POINTS = frozenset((b"mi", b"mo", b"mn", b"ms", b"mtext"))


class Foreign:
    """The open foreign elements, outermost first; empty in ordinary HTML."""

    __slots__ = ("_count", "_html_depth", "_open")

    def __init__(self) -> None:
        self._open: list[tuple[bytes, bytes, bool]] = []  # (root: svg or math, name, HTML point)
        self._count: dict[bytes, int] = {}  # by name, so that a stray end tag is not searched for
        self._html_depth = 0

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def root(self) -> bytes:
        """b"svg" or b"math": the language of the innermost open element, b"" when there is none."""
        return self._open[-1][0] if self._open else b""

    def allows_cdata(self) -> bool:
        """Tells whether `<![CDATA[` opens a section here, rather than a bogus comment."""
        return bool(self._open) and not self._html_depth

    def is_open(self, name: bytes) -> bool:
        """Tells whether an element of this name is open."""
        return bool(self._count.get(name))

    def makes_html(self, name: bytes, attributes: dict[bytes, bytes]) -> bool:
        """Tells whether this start tag makes an HTML element here (svg and math count as such)."""
        return self._is_html(name) or _breaks_out(name, attributes)

    def start(self, name: bytes, attributes: dict[bytes, bytes], *, closed: bool) -> None:
        """Takes a start tag."""
        if not self._is_html(name):
            if not _breaks_out(name, attributes):
                self._push(self.root, name, attributes, closed=closed)
                return
            self._break_out()
        elif name in (b"svg", b"math"):
            self._push(name, name, attributes, closed=closed)
            return
        self._html_depth += bool(self._open) and name not in _VOID

    def end(self, name: bytes) -> None:
        """Takes an end tag."""
        if self._count.get(name):
            while self._pop() != name:
                pass
            self._html_depth = 0
        elif self._open and self._html_depth:
            self._html_depth -= 1
        elif name in _OUTER:
            self._break_out()

    def closing(self) -> bytes:
        """Returns the end tags that lead out of all that is open."""
        roots = [root for root, name, _ in self._open if name == root]
        return b"".join(b"</%s>" % root for root in reversed(roots))

    def _is_html(self, name: bytes) -> bool:
        if not self._open or self._html_depth:
            return True
        root, top, point = self._open[-1]
        if root == b"math" and top in _MATH_TEXT_POINTS:
            return name not in (b"mglyph", b"malignmark")
        return point or (top == b"annotation-xml" and name == b"svg")

    def _push(self, root: bytes, name: bytes, attributes: dict[bytes, bytes], *, closed: bool) -> None:
        if closed:
            return
        point = root == b"svg" and name in _SVG_POINTS
        if root == b"math" and name == b"annotation-xml":
            point = attributes.get(b"encoding", b"").lower() in (b"text/html", b"application/xhtml+xml")
        self._open.append((root, name, point))
        self._count[name] = self._count.get(name, 0) + 1
        self._html_depth = 0

    def _break_out(self) -> None:
        while self._open:
            root, name, point = self._open[-1]
            if point or (root == b"math" and name in _MATH_TEXT_POINTS):
                return
            self._pop()

    def _pop(self) -> bytes:
        _, name, _ = self._open.pop()
        self._count[name] -= 1
        return name


def _breaks_out(name: bytes, attributes: dict[bytes, bytes]) -> bool:
    return name in _BREAKOUT or (name == b"font" and bool(attributes.keys() & {b"color", b"face", b"size"}))
