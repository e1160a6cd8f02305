"""Which elements of SVG and MathML are open, as far as it changes how the next bytes are read.

WHATWG HTML §13.2.6.5. What an end tag does there can depend on every element that is open in the page
(`</div>` leaves a drawing when a div is open around it, else it is ignored), and the page is not built
here. So wherever that is not known from the drawing itself, something is put in that makes it certain:
the end tags that lead out, or a byte that makes a comment of the tag.
"""

from collections.abc import Iterator

from bandeau.enforcement.html.charrefs import decode_attribute

_BREAKOUT = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing"
    b" menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var".split()
)
_VOID = frozenset(
    b"area base basefont bgsound br col embed frame hr image img input keygen link meta param source track"
    b" wbr html head body frameset".split()  # the last four make no element here
)
_SVG_POINTS = frozenset((b"foreignobject", b"desc", b"title"))
_MATH_TEXT_POINTS = frozenset((b"mi", b"mo", b"mn", b"ms", b"mtext"))
_MATH_IMAGES = frozenset((b"mglyph", b"malignmark"))
# Elements of drawings whose end tags stand in real pages where nothing is open: they are ignored.
_DRAWN = frozenset(
    b"animate animatemotion animatetransform circle clippath defs desc ellipse filter foreignobject g image"
    b" line lineargradient marker mask metadata mi mn mo mpath ms mtext path pattern polygon polyline"
    b" radialgradient rect script set stop style svg math switch symbol text textpath title tspan use"
    b" view mrow mfrac mspace mover msqrt mstyle msub msubsup msup mtable mtd mtr munder munderover"
    b" semantics".split()
)
_TABLE_PARTS = frozenset(b"caption col colgroup tbody td tfoot th thead tr".split())
_TABLE = _TABLE_PARTS | {b"table"}
# What these end is looked for beyond the drawing ("in table scope"), or ends everything.
_ESCAPES = _TABLE | {b"template", b"body", b"html"}


class _Level:
    """A run of foreign elements, and the HTML elements that were opened in the innermost of them.

    Every HTML element that is really open there is in `html`, but not the other way round: the parser
    also closes elements by itself.
    """

    __slots__ = ("drawn", "drawn_count", "html", "html_count", "sure")

    def __init__(self) -> None:
        self.drawn: list[tuple[bytes, bytes, bool]] = []  # (root: svg or math, name, HTML point)
        self.html: list[bytes] = []
        # By name, so that a stray end tag is not searched for.
        self.drawn_count: dict[bytes, int] = {}
        self.html_count: dict[bytes, int] = {}
        self.sure = True  # which tables are open in it

    def closing_html(self) -> bytes:
        return b"".join(b"</%s>" % name for name in reversed(self.html))

    def closing_drawn(self) -> bytes:
        return b"".join(b"</%s>" % root for root, name, _ in reversed(self.drawn) if name == root)


class Foreign:
    """The open foreign elements, outermost first; empty in ordinary HTML."""

    __slots__ = ("_count", "_levels", "tables", "templates")

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._count: dict[bytes, int] = {}  # of the foreign elements of all levels
        self.tables = False  # whether a table may be open around the drawing
        self.templates = 0  # how many are open inside

    def __bool__(self) -> bool:
        return bool(self._levels)

    @property
    def root(self) -> bytes:
        """b"svg" or b"math": the language of the innermost open element, b"" when there is none."""
        return self._levels[-1].drawn[-1][0] if self._levels else b""

    def allows_cdata(self) -> bool:
        """Tells whether `<![CDATA[` opens a section here; if not, it may yet do so for the parser."""
        return bool(self._levels) and not self._levels[-1].html

    def is_open(self, name: bytes) -> bool:
        """Tells whether an element of this name is open."""
        return bool(self._count.get(name))

    def ends_drawn(self, name: bytes) -> bool:
        """Tells whether such an end tag ends an element of a drawing, and not one of HTML."""
        return bool(self._levels and not self._levels[-1].html and self._levels[-1].drawn_count.get(name))

    def makes_html(self, name: bytes, attributes: dict[bytes, bytes]) -> bool:
        """Tells whether this start tag makes an HTML element here (svg and math count as such)."""
        return self._is_html(name) or _breaks_out(name, attributes)

    def is_unsure(self, name: bytes) -> bool:
        """Tells whether such a start tag makes an element of HTML or MathML: only the parser knows."""
        if name not in _MATH_IMAGES or not self._levels or not self._levels[-1].html:
            return False
        root, top, _ = self._levels[-1].drawn[-1]
        return root == b"math" and top in _MATH_TEXT_POINTS

    # --- tags
    def before(self, name: bytes, attributes: dict[bytes, bytes]) -> bytes:
        """Returns what has to stand before a start tag: parts of tables may belong to a table outside."""
        if name not in _TABLE or not self._levels or not self.makes_html(name, attributes):
            return b""
        if not self._is_html(name):
            self._break_out()
        if not self._levels or self._owns_table() or not self._is_in_table():
            return b""
        return self.leave()

    def start(self, name: bytes, attributes: dict[bytes, bytes], *, closed: bool) -> None:
        """Takes a start tag."""
        if not self._is_html(name):
            if not _breaks_out(name, attributes):
                self._push(self.root, name, attributes, closed=closed)
                return
            self._break_out()
        if name in (b"svg", b"math"):
            self._push(name, name, attributes, closed=closed)
        elif self._levels and name not in _VOID:
            self._push_html(name)

    def end(self, name: bytes) -> bytes | None:
        """Takes an end tag; returns what has to stand before it, None when it must not count as a tag."""
        level = self._levels[-1]
        if level.html:
            return self._end_html(level, name)
        if level.drawn_count.get(name):
            self._pop_drawn(level, name)
            return b""
        if name in (b"br", b"p"):
            self._break_out()
            return b""
        if name in _DRAWN:
            return None
        closing = self._leave_level()
        return closing + (self._end_html(self._levels[-1], name) if self._levels else b"")

    def leave(self) -> bytes:
        """Returns the end tags that lead out of all that is open."""
        return b"".join(self._leave_all())

    # --- HTML elements inside
    def _end_html(self, level: _Level, name: bytes) -> bytes:
        if level.html[-1] == name:
            self._pop_html(level)
        elif name in _ESCAPES:
            own = level.html_count.get(name) and (name == b"template" or self._owns_table())
            if not own:
                return self.leave()
            while self._pop_html(level) != name:
                pass
        elif level.html_count.get(name):
            level.sure = False
        elif self._count.get(name):
            return self._lead_to(name)
        return b""

    def _lead_to(self, name: bytes) -> bytes:
        """Returns the end tags of what is open inside a foreign element, so that its own is not ignored."""
        parts: list[bytes] = []
        while True:
            level = self._levels[-1]
            if level.html and not level.sure and level.html_count.get(b"table") and self._is_in_table():
                # The end tags of its cells could be taken for those of a table outside.
                return b"".join([*parts, *self._leave_all()])
            parts.append(self._leave_html(level))
            if level.drawn_count.get(name):
                self._pop_drawn(level, name)
                return b"".join(parts)
            parts.append(self._leave_level())

    def _owns_table(self) -> bool:
        return self._levels[-1].sure and bool(self._levels[-1].html_count.get(b"table"))

    def _is_in_table(self) -> bool:
        return self.tables or len(self._levels) > 1

    def _push_html(self, name: bytes) -> None:
        level = self._levels[-1]
        if name in _TABLE_PARTS and not level.html_count.get(b"table"):
            return  # ignored
        if name == b"table" and level.html and level.html[-1] in _TABLE:
            # Right in a table it ends that table, but not in one of its cells.
            level.sure = level.sure and level.html[-1] in (b"td", b"th", b"caption")
        level.html.append(name)
        level.html_count[name] = level.html_count.get(name, 0) + 1
        self.templates += name == b"template"

    def _pop_html(self, level: _Level) -> bytes:
        name = level.html.pop()
        level.html_count[name] -= 1
        self.templates -= name == b"template"
        if not level.html:
            level.sure = True
        return name

    def _leave_html(self, level: _Level) -> bytes:
        closing = level.closing_html()
        while level.html:
            self._pop_html(level)
        return closing

    # --- foreign elements
    def _is_html(self, name: bytes) -> bool:
        if not self._levels or self._levels[-1].html:
            return True
        root, top, point = self._levels[-1].drawn[-1]
        if root == b"math" and top in _MATH_TEXT_POINTS:
            return name not in _MATH_IMAGES
        return point or (top == b"annotation-xml" and name == b"svg")

    def _push(self, root: bytes, name: bytes, attributes: dict[bytes, bytes], *, closed: bool) -> None:
        if closed:
            return
        point = root == b"svg" and name in _SVG_POINTS
        if root == b"math" and name == b"annotation-xml":
            encoding = decode_attribute(attributes.get(b"encoding", b"").decode("latin-1")).lower()
            point = encoding in ("text/html", "application/xhtml+xml")
        if not self._levels or self._levels[-1].html:
            self._levels.append(_Level())
        level = self._levels[-1]
        level.drawn.append((root, name, point))
        level.drawn_count[name] = level.drawn_count.get(name, 0) + 1
        self._count[name] = self._count.get(name, 0) + 1

    def _break_out(self) -> None:
        level = self._levels[-1]
        while level.drawn:
            root, name, point = level.drawn[-1]
            if point or (root == b"math" and name in _MATH_TEXT_POINTS):
                return
            self._pop_drawn(level, name)

    def _pop_drawn(self, level: _Level, name: bytes) -> None:
        """Closes foreign elements up to the innermost of this name."""
        popped = b""
        while popped != name:
            popped = level.drawn.pop()[1]
            level.drawn_count[popped] -= 1
            self._count[popped] -= 1
        if not level.drawn:
            self._levels.pop()

    def _leave_level(self) -> bytes:
        level = self._levels.pop()
        for _, name, _ in level.drawn:
            self._count[name] -= 1
        return level.closing_drawn()

    def _leave_all(self) -> Iterator[bytes]:
        while self._levels:
            yield self._leave_html(self._levels[-1])
            yield self._leave_level()


def _breaks_out(name: bytes, attributes: dict[bytes, bytes]) -> bool:
    return name in _BREAKOUT or (name == b"font" and bool(attributes.keys() & {b"color", b"face", b"size"}))
