"""A connection to a server, and what can be asked of the server itself."""

from __future__ import annotations

import asyncio
import os
import secrets
import uuid
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Unpack
from urllib.parse import quote, urlencode

from ._connection import Connection
from ._opening import Opening
from .arguments import CreateArguments, to_wire
from .auth import headers_for
from .errors import ConflictError, SandboxGoneError
from .files import Content, OnProgress, pieces_of
from .models import BuiltTemplate, SandboxInfo, Snapshot, Template
from .options import ConnectionOptions
from .sandbox import Sandbox
from .templates import OnTemplateProgress, build


class Client:
    """A connection to a server, made again by itself where it is lost. Its sandboxes share it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def create(self, **arguments: Unpack[CreateArguments]) -> Sandbox:
        """Creates a sandbox, or finds the one that the same request made earlier; another request under the same id is `ConflictError`.

        `CreateArguments` says what the arguments mean.
        """
        wire = to_wire(arguments, CreateArguments)
        named, ours = "id" in wire, "token" not in wire
        while True:
            # Both are chosen here: a repeated call under no id would make a second sandbox, and a token that the server draws is lost with its
            # answer. What has the secret that was drawn just now was created by this call.
            argument = {"id": f"s-{uuid.uuid4().hex}", "token": secrets.token_urlsafe(32), **wire}
            repeated = asyncio.Event()
            try:
                answer = await self._connection.invoke("CreateSandbox", argument, on_repeat=repeated.set)
            except (ConflictError, SandboxGoneError) as error:
                if repeated.is_set() and not named:
                    continue  # A server takes back what it was creating for a connection that is lost, and is just doing so.
                if not (named and ours and isinstance(error, ConflictError)):
                    raise
                # Perhaps the same request created it before, with another secret.
                ours = False
                answer = await self._connection.invoke("CreateSandbox", wire)
            info = SandboxInfo.from_wire(answer["sandbox"])
            return Sandbox(self._connection, info, answer.get("token"), created=bool(answer.get("created")) or ours)

    async def attach(self, id: str, token: str | None = None, *, wake: bool = True) -> Sandbox:
        """The sandbox `id`, by its `token` or by this client's key.

        A suspended one is woken, unless `wake` is false: it can be described, rewound or deleted asleep.
        """
        argument = {"id": id} if token is None else {"id": id, "token": token}
        answer = await self._connection.invoke("AttachSandbox" if wake else "DescribeSandbox", argument)
        return Sandbox(self._connection, SandboxInfo.from_wire(answer["sandbox"]), token)

    async def list(self, *, labels: Mapping[str, str] | None = None, page: int = 100) -> AsyncIterator[SandboxInfo]:
        """The owner's sandboxes, with `labels` only those that carry all of them. Asks for `page` (1 to 1,000) at a time."""
        argument: dict[str, object] = {"limit": page}
        if labels:
            argument["labels"] = dict(labels)
        while True:
            answer = await self._connection.invoke("ListSandboxes", argument)
            for sandbox in answer["sandboxes"]:
                yield SandboxInfo.from_wire(sandbox)
            if not answer.get("next"):
                return
            argument["after"] = answer["next"]

    async def snapshots(self, *, labels: Mapping[str, str] | None = None, page: int = 100) -> AsyncIterator[Snapshot]:
        """The owner's snapshots, with `labels` only those that carry all of them. Asks for `page` (1 to 1,000) at a time."""
        argument: dict[str, object] = {"limit": page, "labels": dict(labels or {})}
        while True:
            answer = await self._connection.invoke("ListSnapshots", argument)
            for snapshot in answer["snapshots"]:
                yield Snapshot.from_wire(snapshot)
            if not answer.get("next"):
                return
            argument["after"] = answer["next"]

    async def snapshot(self, name: str) -> Snapshot:
        """One snapshot; its `raw` has its layers."""
        return Snapshot.from_wire((await self._connection.invoke("DescribeSnapshot", {"name": name}))["snapshot"])

    async def label_snapshot(self, name: str, labels: Mapping[str, str]) -> Snapshot:
        """Gives a snapshot other labels in the place of all that it has."""
        return Snapshot.from_wire((await self._connection.invoke("LabelSnapshot", {"name": name, "labels": dict(labels)}))["snapshot"])

    async def rename_snapshot(self, name: str, to: str) -> Snapshot:
        """Gives a snapshot another name; what stands on it goes on standing on it. `ConflictError` where there is one of that name."""
        return Snapshot.from_wire((await self._connection.invoke("RenameSnapshot", {"name": name, "to": to}, repeat=False))["snapshot"])

    async def delete_snapshot(self, name: str, *, cascade: bool = False) -> None:
        """Deletes a snapshot. `ConflictError` where something depends on it, unless the snapshots that stand on it shall go too (`cascade`)."""
        await self._connection.invoke("DeleteSnapshot", {"name": name, "cascade": cascade}, repeat=False)

    async def export_snapshot(self, name: str) -> AsyncIterator[bytes]:
        """A snapshot as an OCI image layout in a tar, piece by piece: what came is of no use when it fails."""
        async with await self._connection.http("GET", f"v1/snapshots/{quote(name, safe='')}/export") as answer:
            async for piece in answer.pieces():
                yield piece

    async def import_snapshot(
        self,
        name: str,
        archive: Content,
        *,
        labels: Mapping[str, str] | None = None,
        overwrite: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Snapshot:
        """Makes a snapshot of an OCI image layout in a tar, such as `skopeo copy ... oci-archive:FILE` writes."""
        query = [("overwrite", str(overwrite).lower()), *(("label", f"{label}={value}") for label, value in (labels or {}).items())]
        return Snapshot.from_wire((await self._import(f"v1/snapshots/{quote(name, safe='')}/import?{urlencode(query)}", archive, on_progress))["snapshot"])

    async def templates(self, *, page: int = 100) -> AsyncIterator[Template]:
        """The templates that sandboxes may start from: the server's own first, then the owner's. Asks for `page` (1 to 1,000) at a time."""
        argument: dict[str, object] = {"limit": page}
        while True:
            answer = await self._connection.invoke("ListTemplates", argument)
            for template in answer["templates"]:
                yield Template.from_wire(template)
            if not answer.get("next"):
                return
            argument["after"] = answer["next"]

    async def template(self, name: str) -> Template:
        """One template; its `raw` has what it says of its sandboxes."""
        return Template.from_wire((await self._connection.invoke("DescribeTemplate", {"name": name}))["template"])

    async def build_template(
        self,
        name: str,
        recipe: Mapping[str, Any],
        *,
        folder: str | os.PathLike[str] | None = None,
        rebuild: bool = False,
        on_progress: OnTemplateProgress | None = None,
    ) -> BuiltTemplate:
        """Builds a template from a recipe (docs/templates.md), in a sandbox of its own on the server.

        `folder`: where what the recipe copies is; nothing outside of it is ever sent. `rebuild`: also where there is one of the same recipe, base and
        files. A command that fails is `InvalidRequestError`, with the command and the end of its output; a key that may not build is
        `PermissionDeniedError`. Cancelling ends the build, of which nothing is left then.
        """
        return await build(self._connection, name, recipe, folder, rebuild, on_progress)

    async def import_template(self, name: str, archive: Content, *, on_progress: OnProgress | None = None) -> Template:
        """Makes a template of an OCI image layout in a tar, such as `skopeo copy ... oci-archive:FILE` writes. One of that name is replaced.

        It is of the image's files, and of its configuration the environment, the working directory, and whether programs are root's. A key that may not
        build is `PermissionDeniedError`.
        """
        return Template.from_wire((await self._import(f"v1/templates/{quote(name, safe='')}/import", archive, on_progress))["template"])

    async def remove_template(self, name: str) -> None:
        """Removes a template. `ConflictError` where something depends on it."""
        await self._connection.invoke("RemoveTemplate", {"name": name}, repeat=False)

    async def _import(self, target: str, archive: Content, on_progress: OnProgress | None) -> dict[str, Any]:
        async def body() -> AsyncIterator[bytes]:
            done = 0
            async for piece in pieces_of(archive):
                yield piece
                done += len(piece)
                if on_progress is not None:
                    on_progress(done, None)

        async with await self._connection.http("POST", target, body=body()) as answer:
            return await answer.json()

    async def close(self) -> None:
        """Ends the connection. Sandboxes and programs live on."""
        await self._connection.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def connect(url: str, *, key: str | None = None, use_google_auth: bool = False, options: ConnectionOptions | None = None) -> Opening[Client]:
    """Connects to the server at `url` (`https://...`): `client = await connect(url)`, or `async with connect(url) as client`.

    `key`: an API key. `use_google_auth`: in place of a key, the Google ID token of the machine's account, for which the package
    `google-auth` has to be installed. Raises `PermissionDeniedError`, `UnavailableError`.
    """
    connection = Connection(url, headers_for(url, key, use_google_auth), options or ConnectionOptions())

    async def open_() -> Client:
        await connection.link()
        return Client(connection)

    return Opening(open_)
