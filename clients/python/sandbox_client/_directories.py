"""Directories of this machine as tar archives. It blocks, so it is done in threads."""

from __future__ import annotations

import asyncio
import os
import queue
import tarfile
import threading
from collections.abc import AsyncIterator
from typing import IO, Any, cast

from .errors import SandboxError

PIECE = 1 << 20
AHEAD = 2
"""Pieces that are packed before somebody takes them."""


class _Stopped(Exception):
    """Nobody reads any more."""


class _Pieces:
    """What is written in one thread, for the event loop of another; bounded."""

    def __init__(self) -> None:
        self.queue: queue.Queue[bytes | None] = queue.Queue(AHEAD)
        self.stopped = threading.Event()

    def write(self, piece: bytes) -> int:
        self.put(bytes(piece))
        return len(piece)

    def put(self, piece: bytes | None) -> None:
        while not self.stopped.is_set():
            try:
                self.queue.put(piece, timeout=0.1)
                return
            except queue.Full:
                continue
        raise _Stopped


async def pack_directory(directory: str | os.PathLike[str]) -> AsyncIterator[bytes]:
    """A local directory as an archive: files, directories, and links as links. Raises `ValueError` for what is none of these."""
    if not await asyncio.to_thread(os.path.isdir, directory):
        raise NotADirectoryError(f"there is no directory {os.fspath(directory)!r}")
    pieces = _Pieces()
    task = asyncio.get_running_loop().run_in_executor(None, _pack, os.fspath(directory), pieces)
    try:
        while (piece := await asyncio.to_thread(pieces.queue.get)) is not None:
            yield piece
        await task
    finally:
        pieces.stopped.set()
        while not task.done():
            try:
                pieces.queue.get_nowait()
            except queue.Empty:
                pass
            await asyncio.wait([task], timeout=0.05)
        if not task.cancelled():
            task.exception()


def _pack(directory: str, pieces: _Pieces) -> None:
    try:
        with tarfile.open(fileobj=cast(IO[bytes], pieces), mode="w|", bufsize=PIECE, format=tarfile.PAX_FORMAT) as archive:
            for name in os.listdir(directory):
                archive.add(os.path.join(directory, name), name, filter=_packed)
    except _Stopped:
        return
    finally:
        try:
            pieces.put(None)
        except _Stopped:
            pass


def _packed(member: tarfile.TarInfo) -> tarfile.TarInfo:
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise ValueError(f"{member.name!r} is neither a file, nor a directory, nor a link")
    return member


def unpack_directory(source: IO[bytes], directory: str) -> list[str]:
    """Unpacks what a sandbox sent, which may be anything, and gives the links that were left out since they would lead out of the directory.

    Names that lead out are refused, and so is all but files, directories and symbolic links. Links are made last, so that nothing is written through
    one, and none that leads out is made; nothing gets more rights than reading, writing and running. (`tarfile` of Debian 12 has no
    filters, and those of later ones write through links while they unpack.)
    """
    os.makedirs(directory, exist_ok=True)
    links: dict[str, tuple[str, str]] = {}
    directories: dict[str, int] = {}
    last = ""
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=PIECE, encoding="utf-8", errors="surrogateescape") as archive:
            member = cast(Any, archive).firstmember
            while member is not None:
                last = member.name
                parts = _parts(last)
                path = _path(directory, last, parts)
                if member.isdir():
                    os.makedirs(path, exist_ok=True)
                    if parts:
                        directories[path] = member.mode & 0o777
                elif not parts:
                    raise _refused(last, "it names the directory itself")
                elif member.isreg() and not member.issparse():
                    links.pop(path, None)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    _write(archive, member, path)
                elif member.issym():
                    links[path] = (last, member.linkname)
                else:
                    raise _refused(last, "it is neither a file, nor a directory, nor a symbolic link")
                member = _next(archive)
        return _make_links(directory, links)
    except (tarfile.TarError, EOFError) as error:
        raise SandboxError(f"the archive cannot be read, after the entry {last!r}: {error}") from error
    finally:
        # Last, and those below first: one that may not be written could not be filled.
        for path, mode in reversed(directories.items()):
            os.chmod(path, mode)


def _next(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    """The next entry. `TarFile.next` takes a header that is damaged, or missing, for the end, and keeps every entry."""
    archive.members.clear()  # type: ignore[attr-defined]
    cast(Any, archive).fileobj.seek(archive.offset)
    try:
        return tarfile.TarInfo.fromtarfile(archive)
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
        return None


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    _remove(path)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        content = archive.extractfile(member)
        left = member.size
        while content is not None and left > 0:
            piece = content.read(min(PIECE, left))
            if not piece:
                raise tarfile.ReadError("the archive is cut short")
            file.write(piece)
            left -= len(piece)
        file.flush()
        os.fchmod(file.fileno(), member.mode & 0o777)
        os.utime(file.fileno(), (member.mtime, member.mtime))


def _make_links(root: str, links: dict[str, tuple[str, str]]) -> list[str]:
    left_out = []
    for path, (name, target) in links.items():
        parts = _parts(name)
        if _leads_out(target, len(parts) - 1):
            left_out.append(name)
            continue
        _path(root, name, parts)  # Again: a link that was made just now may be on the way.
        if os.path.isdir(path) and not os.path.islink(path):
            raise _refused(name, "a directory has the link's name")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _remove(path)
        os.symlink(target, path)
    return left_out


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _parts(name: str) -> list[str]:
    if name.startswith("/"):
        raise _refused(name, "its name is absolute")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise _refused(name, "its name leads out of the directory")
    return parts


def _path(root: str, name: str, parts: list[str]) -> str:
    path = root
    for part in parts:
        if path != root and os.path.islink(path):
            raise _refused(name, "nothing is written through a link")
        path = os.path.join(path, part)
    return path


def _leads_out(target: str, depth: int) -> bool:
    """Whether a link may lead out.

    `..` only counts at the target's beginning, where what it goes up are the directories that the link lies in: behind a name it would go up from
    wherever that leads.
    """
    parts = [part for part in target.split("/") if part not in ("", ".")]
    ups = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    return not target or target.startswith("/") or "\0" in target or ".." in parts[ups:] or ups > depth


def _refused(name: str, reason: str) -> SandboxError:
    return SandboxError(f"the archive's entry {name!r} is refused: {reason}")
