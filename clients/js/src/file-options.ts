import type { CallOptions } from "./options.js";

/** How far a transfer is, in bytes from the file's beginning. */
export interface FileProgress {
  readonly done: number;
  /** Where it is known. */
  readonly total: number | undefined;
}

/** What a file is written from. Streams are read as they are sent. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Who does it, and when it is given up. */
export interface FileCallOptions extends CallOptions {
  /** Left out: as the sandbox says. */
  user?: "user" | "root";
}

export interface FileReadOptions extends FileCallOptions {
  offset?: number;
  /** Left out: to the end. */
  length?: number;
  /** Fails as `changed` unless the file has this tag: for a reading that goes on where another stopped. */
  tag?: string;
  onProgress?: (progress: FileProgress) => void;
}

export interface FileWriteOptions extends FileCallOptions {
  /** Permissions as octal text. Left out: those of the file before, or "0644". */
  mode?: string;
  /** The owner, which only root can give. */
  uid?: number;
  gid?: number;
  /** Whether missing directories above are made. */
  parents?: boolean;
  /** Whether what has the name stays, which is an error then. */
  keepExisting?: boolean;
  /** The upload's id: the same one goes on where an earlier try stopped, which the error `other_offset` tells as `expected`. */
  upload?: string;
  /** With `upload`: where the given content begins. */
  offset?: number;
  onProgress?: (progress: FileProgress) => void;
}

/** How a directory goes as an archive. */
export interface ArchiveOptions extends FileCallOptions {
  /** Told of the archive's bytes. */
  onProgress?: (progress: FileProgress) => void;
}

export interface FindOptions extends FileCallOptions {
  /** 1 to 100,000. Default 10,000. */
  limit?: number;
}

export interface ListFilesOptions extends FindOptions {
  /** How many levels, 1 to 1,000. Default 1. */
  depth?: number;
}

export interface SearchOptions extends FindOptions {
  expression?: boolean;
  anyCase?: boolean;
}

export interface WatchOptions extends FileCallOptions {
  /** Whether directories below are watched too. */
  recursive?: boolean;
}

export interface MakeDirectoryOptions extends FileCallOptions {
  parents?: boolean;
  mode?: string;
}

export interface RenameOptions extends FileCallOptions {
  parents?: boolean;
  keepExisting?: boolean;
}

export interface CopyOptions extends RenameOptions {
  recursive?: boolean;
}

export interface RemoveOptions extends FileCallOptions {
  recursive?: boolean;
  missingIsFine?: boolean;
}
