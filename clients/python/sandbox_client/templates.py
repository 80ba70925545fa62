"""Builds of templates: what a recipe copies, packed, and what happens meanwhile."""

from __future__ import annotations

import base64
import os
import posixpath
import stat
import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from ._connection import Connection
from ._inbox import Inbox
from ._link import LinkLost
from ._protocol import ProtocolError
from .errors import SandboxError, UnknownOutcomeError
from .models import BuiltTemplate, Template

PIECE = 1 << 20
"""Bytes of one call: no more of the files is ever held."""

MOST_WAITING = 100_000
"""Items that wait at most to be told of."""


@dataclass(frozen=True, slots=True)
class TemplateProgress:
    """What happens in a build: a step begins (`step`, `steps`, `command`), or its command wrote something (`channel`, `data`)."""

    step: int | None = None
    steps: int | None = None
    command: str | None = None
    channel: str | None = None
    data: bytes = b""


OnTemplateProgress = Callable[[TemplateProgress], None]


class _Items(Inbox[dict[str, Any]]):
    def on_item(self, item: Any) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str) or len(self.items) >= MOST_WAITING:
            raise ProtocolError("not an item of a build, or too many")
        self.put(item)


async def build(
    connection: Connection, name: str, recipe: Mapping[str, Any], folder: str | os.PathLike[str] | None, rebuild: bool, on_progress: OnTemplateProgress | None
) -> BuiltTemplate:
    """Uploads what the recipe copies, and builds."""
    argument: dict[str, Any] = {"name": name, "recipe": dict(recipe), "rebuild": rebuild}
    sources = [file["from"] for file in recipe.get("files") or ()]
    if sources:
        if folder is None:
            raise ValueError("the recipe copies files: say in which folder they are")
        argument["upload"] = await _upload(connection, name, os.fspath(folder), sources)
    items = _Items()
    link = await connection.link()
    invocation_id = await link.subscribe("BuildTemplate", argument, items)
    try:
        while await items.ready():
            item = items.items.popleft()
            if item["type"] == "built":
                return BuiltTemplate(Template.from_wire(item["template"]), bool(item.get("cached")), tuple(item.get("leftOut") or ()))
            if on_progress is not None:
                data = base64.b64decode(item.get("data") or "")
                on_progress(TemplateProgress(item.get("step"), item.get("steps"), item.get("command"), item.get("channel"), data))
    finally:
        link.unsubscribe(invocation_id)
    if isinstance(items.error, LinkLost):
        raise UnknownOutcomeError("the connection was lost before the template was built: a build that was not done has ended") from items.error
    raise items.error or SandboxError("the server ended the build without a word")


def pack(folder: str, sources: list[str], to: IO[bytes]) -> None:
    """Packs files, directories, and links among them. Nothing outside of the folder is ever read."""
    packed: set[str] = set()
    with tarfile.open(fileobj=to, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for source in sources:
            if posixpath.isabs(source) or ".." in source.split("/"):
                raise ValueError(f"the recipe copies {source!r}, which is not below its folder: give a relative path without '..'")
            segments = [segment for segment in source.split("/") if segment not in ("", ".")]
            for count in range(1, len(segments)):
                above = "/".join(segments[:count])
                if os.path.islink(os.path.join(folder, above)):
                    raise ValueError(f"the recipe copies {source!r}, which is below a link: copy what it leads to")
                _add(tar, folder, above, packed)
            for name in _walk(folder, "/".join(segments)):
                _add(tar, folder, name, packed)


def _walk(folder: str, name: str) -> Iterator[str]:
    if name:
        yield name
    path = os.path.join(folder, name)
    if os.path.isdir(path) and not (name and os.path.islink(path)):
        for below in sorted(os.listdir(path)):
            yield from _walk(folder, f"{name}/{below}" if name else below)


def _add(tar: tarfile.TarFile, folder: str, name: str, packed: set[str]) -> None:
    if name in packed:
        return
    packed.add(name)
    path = os.path.join(folder, name)
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        raise ValueError(f"the recipe copies {name!r}, which is not in {folder}") from None
    if stat.S_ISLNK(kind) and _leads_out(name, os.readlink(path)):
        raise ValueError(f"the recipe copies {name!r}, which is a link out of its folder: copy what it leads to")
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISLNK(kind)):
        raise ValueError(f"the recipe copies {name!r}, which is no file, directory or link")
    tar.add(path, name, recursive=False)


def _leads_out(name: str, target: str) -> bool:
    """Whether a link leaves the folder. It may go up at its beginning alone: behind another link, `..` leads elsewhere."""
    segments = [segment for segment in target.split("/") if segment not in ("", ".")]
    up = next((count for count, segment in enumerate(segments) if segment != ".."), len(segments))
    return target.startswith("/") or up > name.count("/") or ".." in segments[up:]


async def _upload(connection: Connection, name: str, folder: str, sources: list[str]) -> str:
    upload = uuid.uuid4().hex
    with tempfile.TemporaryFile() as tar:
        pack(folder, sources, tar)
        tar.seek(0)
        offset = 0
        while piece := tar.read(PIECE):
            argument = {"name": name, "upload": upload, "offset": offset, "data": base64.b64encode(piece).decode()}
            await connection.invoke("WriteTemplateFiles", argument)
            offset += len(piece)
    return upload
