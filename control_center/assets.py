"""Files for the browser: compressed once, addressed by their content, kept for ever.

Our own files share one version, a hash over them all, so that a style sheet or a module names its
neighbours by plain relative paths. The map's engine comes from the pydeck wheel under its own hash.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from twin.errors import NotFound

BUNDLE_SHA256 = "63b908f47867492024126a39ef1adde632144364ad28287743b0c1d9b3137155"
"""Of the file that pydeck 0.9.3 ships; ``static/js/engine.js`` was written against it."""

_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSED = {".png", ".woff2"}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    media_type: str
    etag: str
    raw: bytes
    packed: bytes | None

    def response(self, request: Request, cache_control: str) -> Response:
        """Answer a request: not modified, compressed, or as it is."""
        headers = {"Cache-Control": cache_control, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = self.raw
        if self.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = self.packed
        return Response(body, media_type=self.media_type, headers=headers)


class Assets:
    """Every file that a browser may fetch.

    Parameters
    ----------
    root : Path, optional
        Folder of our own files; ``control_center/static`` by default.
    cache : Path | None
        Folder where the compressed engine is kept between two starts.
    """

    def __init__(self, root: Path | None = None, cache: Path | None = None) -> None:
        self._root = root or Path(str(files("control_center").joinpath("static")))
        self._cache = cache
        self._own = {
            path.relative_to(self._root).as_posix(): _load(path, path.stat().st_mtime_ns)
            for path in sorted(self._root.rglob("*"))
            if path.suffix in _TYPES and path.is_file()
        }
        whole = "".join(f"{name} {asset.etag}\n" for name, asset in self._own.items())
        self.version = hashlib.sha256(whole.encode()).hexdigest()[:12]

    def url(self, name: str) -> str:
        """Return the address of one of our files, e.g. ``css/tokens.css``.

        Raises
        ------
        NotFound
            No such file: a template names something that is not there.
        """
        if name not in self._own:
            raise NotFound("asset", name)
        return f"/static/{self.version}/{name}"

    def own(self, name: str) -> Asset:
        """Return one of our files, for pages that must serve it under another address."""
        if name not in self._own:
            raise NotFound("asset", name)
        return self._own[name]

    @property
    def engine_url(self) -> str:
        """The address of the map's engine."""
        return f"/static/engine-{BUNDLE_SHA256[:12]}/engine.js"

    @cached_property
    def engine_is_expected(self) -> bool:
        """Whether the installed pydeck carries the file that the map was written against."""
        expected = hashlib.sha256(_bundle().read_bytes()).hexdigest() == BUNDLE_SHA256
        if not expected:
            _log.warning("the map's engine is not the one expected", file=str(_bundle()))
        return expected

    @cached_property
    def engine(self) -> Asset:
        """The map's engine, compressed once a machine."""
        raw = _bundle().read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        return Asset(_TYPES[".js"], f'"{digest[:20]}"', raw, self._pack_once(raw, digest))

    def _pack_once(self, raw: bytes, digest: str) -> bytes:
        if self._cache is None:
            return gzip.compress(raw, 6, mtime=0)
        kept = self._cache / f"{digest}.gz"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_suffix(".part")
            fresh.write_bytes(gzip.compress(raw, 9, mtime=0))
            fresh.replace(kept)
        return kept.read_bytes()


router = APIRouter(include_in_schema=False)


@router.get(f"/static/engine-{BUNDLE_SHA256[:12]}/engine.js")
def engine(request: Request) -> Response:
    """Send the map's engine."""
    assets: Assets = request.app.state.assets
    return assets.engine.response(request, _FOR_EVER)


@router.get("/static/{version}/{name:path}")
async def own_file(request: Request, version: str, name: str) -> Response:
    """Send one of our files; a page of an older version gets the current one, not to be kept."""
    assets: Assets = request.app.state.assets
    current = version == assets.version
    return assets.own(name).response(request, _FOR_EVER if current else "no-cache")


def _bundle() -> Path:
    return Path(str(files("pydeck"))) / "nbextension" / "static" / "index.js"


@lru_cache(maxsize=512)
def _load(path: Path, _changed_ns: int) -> Asset:
    raw = path.read_bytes()
    packed = None if path.suffix in _COMPRESSED else gzip.compress(raw, 9, mtime=0)
    digest = hashlib.sha256(raw).hexdigest()[:20]
    return Asset(_TYPES[path.suffix], f'"{digest}"', raw, packed)
