"""Where files are kept: a folder of this machine or an S3 bucket, behind the same few verbs."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from phonofilm.errors import MissingFile, RequestError, StorageError, in_words

CHUNK = 1 << 20
"""Bytes read from a stored file at a time."""
CACHE = "private, max-age=31536000, immutable"
"""Stored files never change under their key, so whoever may see one may keep it."""
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@=+-]{0,199}")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file in the bucket."""

    key: str
    bytes: int
    sha256: str = ""
    """Of the content, when it was just stored; empty in listings."""
    modified: float = 0.0
    """UTC seconds; 0 when it was just stored."""


class Bucket:
    """A place for files under keys like ``tenant/2026/11/gen_.../video.mp4``. Safe to use from several threads.

    A file appears whole under its key or not at all. Raises StorageError, with the remedy, when the place fails.
    """

    def __init__(self, store: Any, *, root: Path | None = None, signer: Any = None, name: str = "") -> None:
        self._store, self.root, self._signer, self.name = store, root, signer, name

    @classmethod
    def open(cls, url: str) -> Bucket:
        """``file:///folder`` (made when missing) or ``s3://bucket/prefix?endpoint=http://host:9000&region=...``.

        S3 credentials come from the environment (``AWS_ACCESS_KEY_ID`` ...), never from the URL. ``sign_endpoint`` may
        name another address for signed URLs than the one this process uses (inside a cluster both differ).
        """
        parts = urlsplit(url)
        if parts.scheme == "file":
            return _folder(parts.netloc, parts.path, url)
        if parts.scheme == "s3":
            return _s3(parts.netloc, parts.path.strip("/"), dict(parse_qsl(parts.query)))
        raise RequestError(
            f"bucket '{parts.scheme}://' is not offered; use file:///folder or s3://bucket/prefix?endpoint=..."
        )

    def put(
        self, key: str, source: Path | bytes, content_type: str = "application/octet-stream", *, cache: str = CACHE
    ) -> Stored:
        """Store a file or bytes under ``key``, replacing what was there; returns its size and SHA-256."""
        key = check_key(key)
        attributes = {"Content-Type": content_type, "Cache-Control": cache} if self.root is None else None
        size, digest = _measure(source)
        with self._trouble("stored", key):
            obstore.put(self._store, key, source, attributes=attributes)
        return Stored(key=key, bytes=size, sha256=digest)

    def get(self, key: str, path: Path) -> Path:
        """Copy a stored file to ``path``, whole or not at all."""
        partial = path.with_name(f".{path.name[:150]}.{os.getpid()}.part")
        try:
            with partial.open("wb") as file:
                for block in self.stream(key):
                    file.write(block)
            partial.replace(path)
        except OSError as error:
            raise StorageError(
                f"'{path.name}' could not be written ({error.strerror or error}); free some space"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        return path

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from ``start`` up to, not including, ``end`` (None: to the last)."""
        return b"".join(self.stream(key, start, end))

    def part(self, key: str, start: int, end: int) -> bytes:
        """The bytes of a file whose size is known from ``start`` up to, not including, ``end``: one request, where
        ``read`` asks for the size first."""
        key = check_key(key)
        with self._trouble("read", key):
            return bytes(obstore.get_range(self._store, key, start=start, end=end))

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The same bytes block by block, so that a large file is never in memory whole."""
        key = check_key(key)
        with self._trouble("read", key):
            size = int(obstore.head(self._store, key)["size"])
            stop = size if end is None else min(end, size)
            if start < 0 or start > stop:
                raise RequestError(f"bytes {start} to {end} are outside the file's {size}; ask for a range within")
            for position in range(start, stop, CHUNK):
                yield bytes(obstore.get_range(self._store, key, start=position, end=min(position + CHUNK, stop)))

    def size(self, key: str) -> int | None:
        """Bytes of a stored file; None where there is none."""
        try:
            return int(obstore.head(self._store, check_key(key))["size"])
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise self._failed("looked up", key, error) from error

    def exists(self, key: str) -> bool:
        """Is there a file under this key?"""
        return self.size(key) is not None

    def delete(self, key: str) -> None:
        """Remove a file; no error where there is none."""
        with self._trouble("deleted", check_key(key)):
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                return

    def delete_all(self, prefix: str) -> int:
        """Remove every file under ``prefix`` (a whole path segment); returns how many there were."""
        keys = [stored.key for stored in self.list(prefix)]
        for key in keys:
            self.delete(key)
        if self.root is not None:
            _prune(self.root / prefix, self.root)
        return len(keys)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Every file under ``prefix``, a whole path segment: ``a/b`` finds ``a/b/c``, not ``a/bc``."""
        prefix = check_key(prefix) if prefix else ""
        with self._trouble("listed", prefix):
            for batch in obstore.list(self._store, prefix or None):
                for item in batch:
                    yield Stored(
                        key=str(item["path"]), bytes=int(item["size"]), modified=item["last_modified"].timestamp()
                    )

    def sign(self, key: str, seconds: float) -> str | None:
        """A URL anybody may read the file by for ``seconds`` (at most seven days); None: a local folder, whose files
        the server's own signed route serves."""
        if self._signer is None:
            return None
        with self._trouble("signed", check_key(key)):
            return str(obstore.sign(self._signer, "GET", key, timedelta(seconds=max(1, min(seconds, 7 * 86400)))))

    def local(self, key: str) -> Path | None:
        """The file itself when it lies on this machine, so that it can be sent without copying; None in a cloud."""
        return None if self.root is None else self.root / check_key(key)

    def check(self) -> None:
        """Write, read and delete a small file: is the place there and are we allowed to? Raises StorageError."""
        key = f"check-{os.getpid()}-{os.urandom(4).hex()}"
        self.put(key, b"ok")
        try:
            if self.read(key) != b"ok":
                raise StorageError(
                    "the bucket gives back other bytes than were stored; check the disk or the storage service"
                )
        finally:
            self.delete(key)

    def _trouble(self, did: str, key: str) -> _Trouble:
        return _Trouble(self, did, key)

    def _failed(self, did: str, key: str, error: BaseException) -> StorageError:
        if isinstance(error, FileNotFoundError) and did != "stored":
            return MissingFile(
                f"'{key}' could not be {did}: there is no such file; it may have been deleted or have expired"
            )
        what = " ".join(str(error).split())[:200] or in_words(error)
        return StorageError(
            f"'{key}' could not be {did} in {self.name} ({what}); check the storage and its credentials"
        )


class _Trouble:
    """Turns the store's errors into ours."""

    def __init__(self, bucket: Bucket, did: str, key: str) -> None:
        self.bucket, self.did, self.key = bucket, did, key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (BaseError, OSError)):
            raise self.bucket._failed(self.did, self.key, error) from error


def check_key(key: str) -> str:
    """The key, if it is one: plain path segments, none of them hidden or climbing. Raises RequestError."""
    parts = key.split("/")
    if not key or len(key) > 900 or any(not _SEGMENT.fullmatch(part) or ".." in part for part in parts):
        raise RequestError(
            "this is no key of a stored file; keys are path segments of letters, digits, dots, dashes and underscores"
        )
    return key


def _folder(host: str, path: str, url: str) -> Bucket:
    if host not in ("", "localhost") or not path:
        raise RequestError(f"bucket '{url}' names no folder; write file:///folder with three slashes")
    root = Path(unquote(path))
    try:
        root.mkdir(parents=True, exist_ok=True)
        store = LocalStore(prefix=root, mkdir=True)
    except (BaseError, OSError) as error:
        raise StorageError(f"the folder '{root}' cannot be used ({error}); choose one you may write to") from error
    return Bucket(store, root=root, name=str(root))


def _s3(bucket: str, prefix: str, options: dict[str, str]) -> Bucket:
    if not bucket:
        raise RequestError("the bucket's URL names no bucket; write s3://bucket/prefix")
    unknown = set(options) - {"endpoint", "region", "sign_endpoint", "virtual_host"}
    if unknown:
        raise RequestError(
            f"the bucket's URL has no option '{min(unknown)}'; it has endpoint, sign_endpoint, region and virtual_host"
        )

    def store(endpoint: str | None) -> S3Store:
        settings: dict[str, Any] = {"region": options.get("region") or os.environ.get("AWS_REGION") or "us-east-1"}
        if endpoint:
            settings["endpoint"] = endpoint.rstrip("/")
        if options.get("virtual_host"):
            settings["virtual_hosted_style_request"] = options["virtual_host"] in ("1", "true", "yes")
        plain = bool(endpoint and endpoint.startswith("http://"))
        client: Any = {"allow_http": plain, "connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)}
        return S3Store(bucket, prefix=prefix or None, client_options=client, retry_config=_RETRY, **settings)

    try:
        signer = store(options.get("sign_endpoint") or options.get("endpoint"))
        return Bucket(store(options.get("endpoint")), signer=signer, name=f"s3://{bucket}")
    except BaseError as error:
        raise RequestError(
            f"the bucket's URL cannot be used ({' '.join(str(error).split())[:200]}); check endpoint and region"
        ) from error


_RETRY: Any = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=5), "base": 2},
}


def _measure(source: Path | bytes) -> tuple[int, str]:
    digest = hashlib.sha256()
    if isinstance(source, bytes):
        digest.update(source)
        return len(source), digest.hexdigest()
    try:
        with source.open("rb") as file:
            size = 0
            while block := file.read(CHUNK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise StorageError(f"'{source.name}' cannot be read ({error.strerror or error}); it must be a file") from error
    return size, digest.hexdigest()


def _prune(folder: Path, root: Path) -> None:
    """Remove the folders that emptying left behind, inside ``root``."""
    if folder.is_dir():
        for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            _remove_empty(below)
    while folder != root and root in folder.parents and _remove_empty(folder):
        folder = folder.parent


def _remove_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
        return True
    except OSError:
        return not folder.exists()
