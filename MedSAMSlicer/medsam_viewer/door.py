"""Who may come in over HTTP: one browser, with the secret of the printed link, from no other site's page."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECONDS_TO_LEAVE = 2.0  # a reloaded page asks for itself before its old connection is closed
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:;"
    " connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'self'",
}
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
ASKED_FIRST = "/paraview/"
"""Where the page asks how to connect, before it does."""
_PAGES = ("/", "/index.html")
_MESSAGE = """<!doctype html><meta charset="utf-8"><title>MedSAM</title>{head}
<style>body{{background:#14181d;color:#dde3ea;font:16px/1.5 sans-serif;margin:18vh auto;max-width:32em}}
h1{{font-size:20px;font-weight:600}}</style>
<h1>{title}</h1><p>{text}</p>"""

_TRY_AGAIN = '<meta http-equiv="refresh" content="3">'


class Door:
    """Checks each request and counts who is inside.

    Args:
        secret: of the link; a random one by default.
    """

    def __init__(self, secret: str | None = None) -> None:
        self.secret = secret or secrets.token_urlsafe(32)
        self._inside: str | None = None
        self._knows = _known_names()

    @property
    def is_taken(self) -> bool:
        """Whether a browser is at work."""
        return self._inside is not None

    def enter(self, secret: object, client: str) -> bool:
        """Let a connection in, if it knows the secret and nobody else is inside."""
        if not self.is_secret(secret) or self._inside not in (None, client):
            return False
        self._inside = client
        return True

    def leave(self, client: str) -> None:
        """A connection has ended."""
        if self._inside == client:
            self._inside = None

    def is_secret(self, given: object) -> bool:
        """Whether it is the secret; compared in constant time."""
        return isinstance(given, str) and hmac.compare_digest(given.encode(), self.secret.encode())

    def link(self, host: str, port: int) -> str:
        """What the user opens."""
        name = socket.gethostname() if host in _EVERYWHERE else host
        shown = f"[{name}]" if ":" in name else name
        return f"http://{shown}:{port}/index.html?secret={self.secret}"

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware of every request."""
        refusal = self._refusal(request)
        if refusal is None and request.path in _PAGES:
            refusal = await self._refusal_of_page(request)
        response = refusal if refusal is not None else await self._answer(request, handler)
        if not response.prepared:
            response.headers.update(_HEADERS)
            if refusal is None and request.path == "/index.html":
                name = _cookie_name(request)
                response.set_cookie(name, self.secret, httponly=True, samesite="Strict", path="/")
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in _PAGES and "secret" not in request.query:
            # The page takes the secret out of the address; a reload brings it by the cookie.
            raise web.HTTPFound(f"/index.html?secret={quote(self.secret)}", headers=_HEADERS)
        try:
            return await handler(request)
        except ConnectionResetError:  # the page went away in the middle of an answer; nobody takes this one
            return web.Response()

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not self._is_known(_name_of(request.host)):
            return _page(403, "Not this address", "Open the link that the program printed.")
        origin = request.headers.get("Origin")
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        sends = request.method not in ("GET", "HEAD")
        if origin is None and not is_socket and not sends:
            return None
        if origin is None or urlsplit(origin).netloc.lower() != request.host.lower():
            return _page(403, "Not from here", "Another site's page cannot use this viewer.")
        if sends and not self.is_secret(request.cookies.get(_cookie_name(request))):
            return _page(403, "The link is not complete", "Open the whole link that the program printed.")
        return None

    async def _refusal_of_page(self, request: web.Request) -> web.Response | None:
        given = request.query.get("secret", request.cookies.get(_cookie_name(request)))
        if not self.is_secret(given):
            return _page(403, "The link is not complete", "Open the whole link that the program printed.")
        waited = 0.0
        while self.is_taken and waited < SECONDS_TO_LEAVE:
            await asyncio.sleep(0.1)
            waited += 0.1
        if self.is_taken:
            text = "Close that window, and this page opens. For a second user start a second viewer."
            return _page(409, "This viewer is open in another window", text, _TRY_AGAIN)
        return None

    def _is_known(self, name: str) -> bool:
        """Addresses, and this machine's own names: no name that someone else may point here."""
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._knows
        return True


async def where_to_connect(request: web.Request) -> web.Response:
    """The page's first question; without an answer it finds the way too, and leaves an error in its console.

    The page puts its own scheme and host in.
    """
    return web.json_response({"sessionURL": "ws://USE_HOST/ws"})


def _known_names() -> frozenset[str]:
    return frozenset({"localhost", socket.gethostname().lower(), socket.getfqdn().lower()})


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _cookie_name(request: web.Request) -> str:
    return f"medsam-{urlsplit(f'//{request.host}').port or 80}"


def _page(status: int, title: str, text: str, head: str = "") -> web.Response:
    body = _MESSAGE.format(title=title, text=text, head=head)
    return web.Response(status=status, text=body, content_type="text/html")
