from __future__ import annotations

import asyncio
import io
import os
import pathlib
import tarfile
import tempfile
import unittest

from sandbox_client import SandboxError
from sandbox_client._directories import pack_directory, unpack_directory

FILE, DIRECTORY, LINK = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE


def archive(*entries: tuple[bytes, str, str] | tuple[bytes, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as writer:
        for kind, name, *target in entries:
            member = tarfile.TarInfo(name)
            member.type, member.mode, member.linkname = kind, 0o7777, target[0] if target else ""
            member.size = 4 if kind == FILE else 0
            writer.addfile(member, io.BytesIO(b"evil") if kind == FILE else None)
    return made.getvalue()


class Directories(unittest.TestCase):
    """What a hostile sandbox could send in the place of a directory."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.here = pathlib.Path(folder.name)
        self.target = self.here / "in"
        self.outside = self.here / "outside"
        self.outside.write_text("kept")

    def tearDown(self) -> None:
        self.assertEqual(self.outside.read_text(), "kept")

    def unpack(self, *entries: tuple[bytes, str, str] | tuple[bytes, str]) -> list[str]:
        return unpack_directory(io.BytesIO(archive(*entries)), str(self.target))

    def refused(self, named: str, *entries: tuple[bytes, str, str] | tuple[bytes, str]) -> None:
        with self.assertRaises(SandboxError) as refused:
            self.unpack(*entries)
        self.assertIn(repr(named), refused.exception.message)

    def test_a_name_that_leads_out_is_refused(self) -> None:
        for name in ("../outside", "/tmp/sandbox-directory-outside", "a/../../outside", "d/../outside", ".."):
            for kind in (FILE, DIRECTORY, LINK):
                with self.subTest(name=name, kind=kind):
                    self.refused(name, (kind, name, "target"))

    def test_what_is_neither_file_nor_directory_nor_link_is_refused(self) -> None:
        for kind in (tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.GNUTYPE_SPARSE, b"Z"):
            with self.subTest(kind=kind):
                self.refused("there", (kind, "there", str(self.outside)), (FILE, "there"))

    def test_nothing_is_written_through_a_link_and_none_that_leads_out_is_made(self) -> None:
        left_out = self.unpack(
            (LINK, "out", str(self.here)), (FILE, "out/outside"), (LINK, "passwd", "/etc/passwd"), (LINK, "up", ".."), (FILE, "fine"), (LINK, "in", "fine"),
            # Each by itself stays in; together the second would go up from where the first leads.
            (LINK, "here", "."), (LINK, "trick", "here/../outside"),
            (DIRECTORY, "a/b"), (LINK, "a/b/fine", "../../fine"), (LINK, "a/b/not", "../../../outside"),
        )  # fmt: skip
        self.assertEqual(sorted(left_out), ["a/b/not", "out", "passwd", "trick", "up"])
        self.assertEqual((self.target / "a/b/fine").read_text(), "evil")
        self.assertEqual((self.target / "out/outside").read_text(), "evil")
        self.assertEqual(os.readlink(self.target / "in"), "fine")

        # A link that was here before, and one below a link of the archive.
        (self.target / "mine").symlink_to(self.here)
        self.refused("mine/outside", (FILE, "mine/outside"))
        self.refused("l/below", (LINK, "l", "a"), (LINK, "l/below", "fine"))
        self.refused("a", (LINK, "a", "fine"))

    def test_nothing_is_setuid_and_of_two_of_one_name_the_later_one_counts(self) -> None:
        self.unpack((FILE, "x"), (LINK, "x", "y"), (FILE, "x"), (DIRECTORY, "d"))
        self.assertEqual((self.target / "x").read_text(), "evil")
        for name in ("x", "d"):
            self.assertEqual((self.target / name).lstat().st_mode & 0o7777, 0o777)

    def test_an_archive_that_is_cut_short_or_damaged_is_refused(self) -> None:
        whole = archive((FILE, "one"), (FILE, "two"))
        damaged = whole[:1024] + b"x" * 512 + whole[1536:]
        for bad in (whole[:1537], whole[:1024], whole[:700], damaged, b"x" * 2048, b""):
            with self.subTest(length=len(bad)), self.assertRaises(SandboxError):
                unpack_directory(io.BytesIO(bad), str(self.target))

    def test_a_directory_is_packed_and_unpacked_as_it_was_and_who_stops_reading_stops_it(self) -> None:
        deep = self.here / "from" / "deep" / ("n" * 200)
        deep.mkdir(parents=True)
        (deep / "big").write_bytes(bytes(9_000_000))
        (self.here / "from" / "empty").touch()
        (self.here / "from" / "link").symlink_to("deep")

        async def pack(most: int | None = None) -> bytes:
            pieces = []
            async for piece in pack_directory(self.here / "from"):
                pieces.append(piece)
                if len(pieces) == most:
                    break
            return b"".join(pieces)

        packed = asyncio.run(pack())
        asyncio.run(pack(most=1))
        self.assertEqual(unpack_directory(io.BytesIO(packed), str(self.target)), [])
        self.assertEqual((self.target / "link" / ("n" * 200) / "big").stat().st_size, 9_000_000)
        self.assertEqual((self.target / "empty").stat().st_size, 0)
        os.mkfifo(self.here / "from" / "fifo")
        with self.assertRaises(ValueError):
            asyncio.run(pack())
