import "./dispose.js";

export { SandboxClient, type ListOptions } from "./client.js";
export {
  CallTimeoutError, ConflictError, InvalidRequestError, LimitError, NotFoundError, PermissionError, SandboxError, SandboxGoneError,
  ServerError, UnavailableError, UnknownOutcomeError, type ErrorCode,
} from "./errors.js";
export type { EventOptions } from "./event-reader.js";
export { GapError, RewoundError, type Gap, type Rewind } from "./gap-errors.js";
export type {
  ArchiveOptions, CopyOptions, FileCallOptions, FileContent, FileProgress, FileReadOptions, FileWriteOptions, FindOptions, ListFilesOptions, MakeDirectoryOptions,
  RemoveOptions, RenameOptions, SearchOptions, WatchOptions,
} from "./file-options.js";
export type { Files } from "./files.js";
export type { InputStream } from "./input-stream.js";
export type {
  AttachOptions, CallOptions, ConnectionChange, ConnectOptions, CreateOptions, DiscontinuityOptions, ImportOptions, ImportTemplateOptions, KeySource, ReadOptions, SnapshotOptions,
  StartOptions,
} from "./options.js";
export type { OutputStream } from "./output-stream.js";
export { ProcessFailedError, ProcessTimeoutError } from "./process-errors.js";
export type { Process, ProcessResult, WaitOptions } from "./process.js";
export { Sandbox } from "./sandbox.js";
export type { BuildTemplateOptions, Recipe } from "./templates.js";
export type {
  BuiltTemplate, ChannelInfo, Checkpoint, CheckpointList, EventGap, Exit, FileEntry, FileHappening, FileMatch, ProcessInfo, SandboxEvent, SandboxInfo, SandboxStats, SandboxStatus,
  Snapshot, TakenSnapshot, Template, TemplateProgress, TerminalSize,
} from "./wire.js";
