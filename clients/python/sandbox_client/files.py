"""The files of a sandbox."""

from __future__ import annotations

import asyncio
import base64
import builtins
import http.client
import os
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import IO, Any, Literal, cast
from urllib.parse import urlencode

from ._backoff import Backoff
from ._connection import Connection
from ._directories import pack_directory, unpack_directory
from ._http import Exchange
from ._inbox import Inbox
from ._link import LinkLost
from ._protocol import ProtocolError
from .errors import ConflictError, NotFoundError, SandboxError, UnavailableError

PART = 1 << 20
"""Bytes of one call: no more of a file is ever held."""

MOST_TRIES = 10
"""How often a reading is tried again without a byte."""

MOST_ITEMS = 100_002
"""More than a query answers."""

User = Literal["user", "root"]
Content = bytes | str | IO[bytes] | Iterable[bytes] | AsyncIterable[bytes]
OnProgress = Callable[[int, int | None], None]
"""Told how many bytes are done, from the file's beginning, and how many there are where that is known."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file, directory or other entry as it was found."""

    path: str
    """Absolute; where it is no UTF-8, with U+FFFD in place of what is not."""
    type: str
    """`file`, `directory`, `link`, `fifo`, `socket` or `other`."""
    mode: str
    """Permissions as octal text, such as `0644`."""
    uid: int
    gid: int
    size: int
    modified: str
    tag: str
    """Tells this state of the file from every other."""
    path_bytes: bytes | None = None
    """The path's bytes, where `path` does not say them."""
    target: str | None = None
    """Where a link leads."""

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> FileEntry:
        raw = wire.get("pathBytes")
        return FileEntry(
            path=wire["path"],
            type=wire["type"],
            mode=wire["mode"],
            uid=wire["uid"],
            gid=wire["gid"],
            size=wire["size"],
            modified=wire["modified"],
            tag=wire["tag"],
            path_bytes=None if raw is None else base64.b64decode(raw),
            target=wire.get("target"),
        )


@dataclass(frozen=True, slots=True)
class FileList:
    """What a listing found, in no order."""

    entries: list[FileEntry]
    cut: bool
    """Whether something was left out: over the limit, too deep, not readable."""


@dataclass(frozen=True, slots=True)
class FileMatch:
    """A line in which a text was found: its number from 1, and its first 1,000 bytes."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class FileMatches:
    """What a search found."""

    matches: list[FileMatch]
    cut: bool


@dataclass(frozen=True, slots=True)
class FileHappening:
    """Something that happened in a directory that is watched."""

    type: str
    """`ready`, `created`, `modified`, `deleted`, `moved_from`, `moved_to`, `attributes`, `overflow` or `gone`."""
    path: str
    directory: bool
    move: int | None = None
    """The same in both halves of a move."""


class _ItemInbox(Inbox[dict[str, Any]]):
    def on_item(self, item: Any) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise ProtocolError("not an item of a query")
        if len(self.items) >= MOST_ITEMS:
            raise ProtocolError("more items than a query has")
        self.put(item)


class Files:
    """The files of a sandbox. Errors have `details["file"]`, the word of docs/http.md. Paths are absolute.

    Content goes and comes over HTTP, a mebibyte at a time, and goes on by itself where a connection is lost.
    """

    def __init__(self, connection: Connection, target: dict[str, Any]) -> None:
        self._connection = connection
        self._target = target

    async def stat(self, path: str, *, user: User | None = None) -> FileEntry:
        """What is at a path; of a link, the link."""
        items, _ = await self._query({"query": "stat", "path": path}, user)
        return FileEntry.from_wire(items[0]["entry"])

    async def exists(self, path: str, *, user: User | None = None) -> bool:
        """Whether there is something at a path."""
        try:
            await self.stat(path, user=user)
        except (NotFoundError, ConflictError) as error:
            if error.details.get("file") not in ("no_such_file", "not_a_directory"):
                raise
            return False
        return True

    async def read(
        self,
        path: str,
        *,
        offset: int = 0,
        length: int | None = None,
        tag: str | None = None,
        user: User | None = None,
        on_progress: OnProgress | None = None,
    ) -> AsyncIterator[bytes]:
        """A file's bytes, piece by piece: all of one state of it, or it fails as `changed`.

        With the `tag` of an earlier reading and an `offset`, it goes on where that one stopped.
        """
        end = None if length is None else offset + length
        backoff = Backoff(self._connection.options.backoff_base, self._connection.options.backoff_cap)
        tries = 0
        while end is None or offset < end:
            try:
                async with await self._bytes(path, offset, end, tag, user) as answer:
                    response = answer.response
                    if response.status == 416:
                        return
                    tag = (response.headers["ETag"] or "").strip('"') or None
                    size = int((response.headers["Content-Range"] or "/").rpartition("/")[2] or response.headers["Content-Length"] or 0)
                    last = size if end is None else min(end, size)
                    if offset >= last and on_progress is not None:
                        on_progress(offset, size)
                    async for piece in answer.pieces():
                        offset += len(piece)
                        tries = 0
                        if on_progress is not None:
                            on_progress(offset, size)
                        yield piece
                    if offset >= last:
                        return
                    raise UnavailableError("the answer broke off")
            except UnavailableError:
                if tries >= MOST_TRIES:
                    raise
            # It broke off. The hub waits until the server is there again, or gives up.
            tries += 1
            await asyncio.sleep(backoff.next_delay())
            await self.stat(path, user=user)

    async def _bytes(self, path: str, offset: int, end: int | None, tag: str | None, user: User | None) -> AbstractAsyncContextManager[Exchange]:
        headers = {} if tag is None else {"If-Match": f'"{tag}"'}
        if offset > 0 or end is not None:
            headers["Range"] = f"bytes={offset}-{'' if end is None else end - 1}"
        return await self._connection.http("GET", self._address("files", path, user), token=self._target.get("token"), headers=headers, also=416)

    async def read_bytes(self, path: str, *, user: User | None = None) -> bytes:
        """A whole file in memory."""
        return b"".join([piece async for piece in self.read(path, user=user)])

    async def read_text(self, path: str, *, user: User | None = None) -> str:
        """A whole file as UTF-8."""
        return (await self.read_bytes(path, user=user)).decode("utf-8", "replace")

    async def write(
        self,
        path: str,
        content: Content,
        *,
        mode: str | None = None,
        uid: int | None = None,
        gid: int | None = None,
        parents: bool = False,
        keep_existing: bool = False,
        upload: str | None = None,
        offset: int = 0,
        user: User | None = None,
        on_progress: OnProgress | None = None,
    ) -> FileEntry:
        """Writes a file, which appears whole when its last part has come; until then the path has what it had.

        With the `upload` id of an earlier try, and at the `offset` that `ConflictError.expected` tells, it goes on where that one stopped.
        """
        more = {
            "mode": mode,
            "uid": uid,
            "gid": gid,
            "parents": parents or None,
            "keepExisting": keep_existing or None,
            "upload": upload or f"u-{uuid.uuid4().hex}",
        }
        return FileEntry.from_wire((await self._send(path, content, more, offset, user, on_progress))["entry"])

    async def unpack(self, path: str, archive: Content, *, user: User | None = None, on_progress: OnProgress | None = None) -> None:
        """Unpacks a tar archive into a directory, which is made where it is missing, as the archive comes.

        Names that lead out of the directory are refused as `bad_archive`.
        """
        await self._send(path, archive, {"upload": f"u-{uuid.uuid4().hex}", "unpack": True}, 0, user, on_progress)

    async def upload_directory(
        self, local_path: str | os.PathLike[str], path: str, *, user: User | None = None, on_progress: OnProgress | None = None
    ) -> None:
        """Sends a local directory: files, directories, and links as links; `on_progress` tells bytes of the archive.

        What is in the sandbox's directory stays, but for what has the same names; nothing of it is setuid there. Raises `ValueError` where something is
        neither file, directory nor link.
        """
        await self.unpack(path, pack_directory(local_path), user=user, on_progress=on_progress)

    async def download_directory(
        self, path: str, local_path: str | os.PathLike[str], *, user: User | None = None, on_progress: OnProgress | None = None
    ) -> builtins.list[str]:
        """Fetches a directory into a local one, and gives the links that were left out since they would lead out of it.

        Whatever the sandbox sends, nothing outside of `local_path` is touched: entries that lead out and what is neither file, directory nor link
        are refused, nothing is written through a link, and nothing is setuid. It is as large as the sandbox makes it.
        """
        loop = asyncio.get_running_loop()
        async with await self._archive(path, user) as answer:

            def told(done: int) -> None:
                if on_progress is not None:
                    loop.call_soon_threadsafe(on_progress, done, None)

            try:
                return await answer.run(unpack_directory, cast(IO[bytes], _Counted(answer.response, told)), os.fspath(local_path))
            except http.client.HTTPException as error:
                raise UnavailableError(f"the archive broke off: {error}") from error

    async def pack(self, path: str, *, user: User | None = None) -> AsyncIterator[bytes]:
        """A directory as a tar archive, as it comes. The sandbox made it: whoever unpacks it checks it, as `download_directory` does."""
        async with await self._archive(path, user) as answer:
            async for piece in answer.pieces():
                yield piece

    async def _archive(self, path: str, user: User | None) -> AbstractAsyncContextManager[Exchange]:
        return await self._connection.http("GET", self._address("files/archive", path, user), token=self._target.get("token"))

    def _address(self, what: str, path: str, user: User | None, more: dict[str, Any] | None = None) -> str:
        given: dict[str, Any] = {"path": path, "user": user, **(more or {})}
        query = {name: "true" if value is True else value for name, value in given.items() if value is not None}
        return f"v1/sandboxes/{self._target['sandboxId']}/{what}?{urlencode(query)}"

    async def _send_part(self, path: str, data: bytes, more: dict[str, Any], user: User | None) -> dict[str, Any]:
        return await self._connection.send_part(self._address("files", path, user, more), data, token=self._target.get("token"))

    async def _send(
        self, path: str, content: Content, more: dict[str, Any], offset: int, user: User | None, on_progress: OnProgress | None
    ) -> dict[str, Any]:
        total = offset + len(_bytes_of(content)) if isinstance(content, (bytes, str)) else None
        async for part, last in _parts(content):
            answer = await self._send_part(path, part, {**more, "offset": offset, "finish": last or None}, user)
            offset += len(part)
            if on_progress is not None:
                on_progress(offset, total)
            if last:
                return answer
        raise AssertionError("the last part returns")

    async def abandon(self, path: str, upload: str) -> None:
        """Throws an upload away that is not to be gone on with."""
        await self._send_part(path, b"", {"upload": upload, "offset": 0, "abandon": True}, None)

    async def append(self, path: str, content: Content, *, user: User | None = None) -> FileEntry:
        """Appends to a file, once: where an answer is lost, the file's length tells whether it happened. For one writer at a time."""
        offset = (await self.stat(path, user=user)).size if await self.exists(path, user=user) else 0
        async for part, _ in _parts(content):
            try:
                await self._send_part(path, part, {"append": True, "offset": offset}, user)
            except ConflictError as error:
                if not error.repeated or error.details.get("file") != "other_offset" or error.expected != offset + len(part):
                    raise
            offset += len(part)
        return await self.stat(path, user=user)

    async def list(self, path: str, *, depth: int = 1, limit: int = 10_000, user: User | None = None) -> FileList:
        """What is in a directory, `depth` (1 to 1,000) levels deep, at most `limit` (1 to 100,000) entries."""
        return _list_of(await self._query({"query": "list", "path": path, "depth": depth, "limit": limit}, user))

    async def glob(self, path: str, pattern: str, *, limit: int = 10_000, user: User | None = None) -> FileList:
        """What is below a directory and matches: `*` and `?` within a name, `**` for any number of directories."""
        return _list_of(await self._query({"query": "glob", "path": path, "pattern": pattern, "limit": limit}, user))

    async def search(
        self,
        path: str,
        text: str,
        *,
        expression: bool = False,
        any_case: bool = False,
        limit: int = 10_000,
        user: User | None = None,
    ) -> FileMatches:
        """The lines of text files below a directory that hold a text, or with `expression` match a POSIX extended regular expression."""
        more = {"query": "search", "path": path, "text": text, "expression": expression, "anyCase": any_case, "limit": limit}
        items, cut = await self._query(more, user)
        return FileMatches([FileMatch(item["path"], item["line"], item["text"]) for item in items], cut)

    async def watch(self, path: str, *, recursive: bool = False, user: User | None = None) -> AsyncIterator[FileHappening]:
        """What changes in a directory, as it happens, until it is gone.

        `ready` comes first: everything behind it is told. It comes again where the connection was lost: something may have been missed.
        """
        while True:
            try:
                async for item in self._items({"query": "watch", "path": path, "recursive": recursive}, user):
                    if item["type"] == "end":
                        return
                    yield FileHappening(item["type"], item.get("path", path), bool(item.get("directory")), item.get("move"))
            except LinkLost:
                continue

    async def make_directory(self, path: str, *, parents: bool = False, mode: str | None = None, user: User | None = None) -> None:
        """Makes a directory; with `parents` also those above, and one that is there is as well."""
        await self._change("make-directory", {"path": path, "parents": parents, "mode": mode}, user, repeat=parents)

    async def rename(self, path: str, to: str, *, parents: bool = False, keep_existing: bool = False, user: User | None = None) -> None:
        """Gives a new path in one step. A lost answer is an `UnknownOutcomeError`."""
        await self._change("rename", {"path": path, "to": to, "parents": parents, "keepExisting": keep_existing}, user, repeat=False)

    async def copy(
        self, path: str, to: str, *, recursive: bool = False, parents: bool = False, keep_existing: bool = False, user: User | None = None
    ) -> None:
        """Copies a file, or with `recursive` a directory."""
        more = {"path": path, "to": to, "recursive": recursive, "parents": parents, "keepExisting": keep_existing}
        await self._change("copy", more, user, repeat=not keep_existing)

    async def remove(self, path: str, *, recursive: bool = False, missing_is_fine: bool = False, user: User | None = None) -> None:
        """Removes a file or an empty directory; with `recursive` what it holds too."""
        await self._change("remove", {"path": path, "recursive": recursive, "missingIsFine": missing_is_fine}, user, repeat=missing_is_fine)

    async def change_mode(self, path: str, mode: str, *, user: User | None = None) -> None:
        """Sets permissions, as octal text such as `0755`."""
        await self._change("change-mode", {"path": path, "mode": mode}, user, repeat=True)

    async def _change(self, change: str, more: dict[str, Any], user: User | None, *, repeat: bool) -> None:
        await self._connection.invoke("ChangeFiles", self._argument({**more, "change": change}, user), repeat=repeat)

    async def _query(self, more: dict[str, Any], user: User | None) -> tuple[builtins.list[dict[str, Any]], bool]:
        """All items of a query; where its connection is lost, it begins anew."""
        while True:
            items: builtins.list[dict[str, Any]] = []
            try:
                async for item in self._items(more, user):
                    if item["type"] == "end":
                        return items, bool(item.get("cut"))
                    items.append(item)
            except LinkLost:
                continue
            raise SandboxError("a query without its end")

    async def _items(self, more: dict[str, Any], user: User | None) -> AsyncIterator[dict[str, Any]]:
        inbox = _ItemInbox()
        link = await self._connection.link()
        invocation_id = await link.subscribe("QueryFiles", self._argument(more, user), inbox)
        try:
            while await inbox.ready():
                yield inbox.items.popleft()
        finally:
            link.unsubscribe(invocation_id)
        if inbox.error is not None:
            raise inbox.error

    def _argument(self, more: dict[str, Any], user: User | None) -> dict[str, Any]:
        argument = {**self._target, **{name: value for name, value in more.items() if value is not None}}
        return argument if user is None else {**argument, "user": user}


def _list_of(found: tuple[list[dict[str, Any]], bool]) -> FileList:
    return FileList([FileEntry.from_wire(item["entry"]) for item in found[0]], found[1])


def _bytes_of(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


class _Counted:
    """An answer that is read, and tells how far."""

    def __init__(self, source: http.client.HTTPResponse, told: Callable[[int], None]) -> None:
        self._source, self._told, self._done = source, told, 0

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self._done += len(piece)
        if piece:
            self._told(self._done)
        return piece


async def pieces_of(content: Content) -> AsyncIterator[bytes]:
    if isinstance(content, (bytes, str)):
        yield _bytes_of(content)
    elif isinstance(content, AsyncIterable):
        async for piece in content:
            yield piece
    elif hasattr(content, "read"):
        while piece := content.read(PART):
            yield piece
    else:
        for piece in content:
            yield piece


async def _parts(content: Content) -> AsyncIterator[tuple[bytes, bool]]:
    """Content in parts, the last one shorter than the others and perhaps empty. One part is held, and one piece of the content."""
    held = bytearray()
    async for piece in pieces_of(content):
        for start in range(0, len(piece), PART):
            held += piece[start : start + PART]
            while len(held) >= PART:
                yield bytes(held[:PART]), False
                del held[:PART]
    yield bytes(held), True
