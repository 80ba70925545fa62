"""Run untrusted code in sandboxes: the asyncio client of Sandbox.

    async with Sandbox.create("http://127.0.0.1:8080") as sandbox:
        process = await sandbox.exec("python", "print(6 * 7)")
        print(await process.stdout.text())
        await sandbox.delete()
"""

from .arguments import CreateArguments, StartArguments
from .client import Client, connect
from .errors import (
    CallTimeoutError,
    ConflictError,
    GapError,
    InvalidRequestError,
    LimitError,
    NotFoundError,
    PermissionDeniedError,
    ProcessFailedError,
    ProcessTimeoutError,
    RewoundError,
    SandboxError,
    SandboxGoneError,
    UnavailableError,
    UnknownOutcomeError,
)
from .files import FileEntry, FileHappening, FileList, FileMatch, FileMatches, Files
from .input import InputStream
from .models import (
    BuiltTemplate,
    Channel,
    Checkpoint,
    CheckpointList,
    Event,
    Exit,
    ProcessInfo,
    SandboxInfo,
    SandboxStats,
    Snapshot,
    TakenSnapshot,
    Template,
    Terminal,
)
from .options import ConnectionOptions
from .output import OutputStream
from .process import Process
from .sandbox import Sandbox
from .templates import TemplateProgress

__all__ = [
    "BuiltTemplate",
    "CallTimeoutError",
    "Channel",
    "Checkpoint",
    "CheckpointList",
    "Client",
    "ConflictError",
    "ConnectionOptions",
    "Event",
    "Exit",
    "CreateArguments",
    "FileEntry",
    "FileHappening",
    "FileList",
    "FileMatch",
    "FileMatches",
    "Files",
    "GapError",
    "InputStream",
    "InvalidRequestError",
    "LimitError",
    "NotFoundError",
    "OutputStream",
    "PermissionDeniedError",
    "Process",
    "ProcessFailedError",
    "ProcessInfo",
    "ProcessTimeoutError",
    "RewoundError",
    "Sandbox",
    "SandboxError",
    "SandboxGoneError",
    "SandboxInfo",
    "SandboxStats",
    "Snapshot",
    "TakenSnapshot",
    "StartArguments",
    "Template",
    "TemplateProgress",
    "Terminal",
    "UnavailableError",
    "UnknownOutcomeError",
    "connect",
]
