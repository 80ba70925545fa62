"""What a recipe copies, packed: nothing outside of its folder."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import unittest

from sandbox_client.templates import pack


class Packing(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.outside = directory.name
        self.folder = os.path.join(directory.name, "folder")
        os.makedirs(os.path.join(self.folder, "d/e"))
        for name in ("a", "d/b", "d/e/c", "../secret"):
            with open(os.path.join(self.folder, name), "w") as file:
                file.write(name)

    def pack(self, *sources: str) -> list[str]:
        tar = io.BytesIO()
        pack(self.folder, list(sources), tar)
        tar.seek(0)
        with tarfile.open(fileobj=tar) as packed:
            return packed.getnames()

    def test_files_directories_and_links_among_them_are_packed_once(self) -> None:
        os.symlink("../a", os.path.join(self.folder, "d/link"))
        self.assertEqual(self.pack("d/e/c", "d", "a", "./d/b"), ["d", "d/e", "d/e/c", "d/b", "d/link", "a"])
        self.assertEqual(self.pack("."), ["a", "d", "d/b", "d/e", "d/e/c", "d/link"])

    def test_what_leads_out_is_refused(self) -> None:
        for source in ("../secret", "/etc/passwd", "d/../../secret", "none", "d/none"):
            with self.subTest(source), self.assertRaises(ValueError):
                self.pack(source)
        for name, target in (("l1", "../secret"), ("l2", "/etc/passwd"), ("l3", ".."), ("d/l4", "../../secret"), ("l5", "d/../../secret"), ("l6", "d/../a")):
            path = os.path.join(self.folder, name)
            os.symlink(target, path)
            with self.subTest(target), self.assertRaisesRegex(ValueError, "link"):
                self.pack(name)
            os.unlink(path)
        os.symlink(self.outside, os.path.join(self.folder, "up"))
        with self.assertRaisesRegex(ValueError, "below a link"):
            self.pack("up/secret")
        with self.assertRaisesRegex(ValueError, "link"):
            self.pack(".")

    def test_what_is_no_file_is_refused_and_not_read(self) -> None:
        os.mkfifo(os.path.join(self.folder, "fifo"))
        with self.assertRaisesRegex(ValueError, "no file, directory or link"):
            self.pack("fifo")


if __name__ == "__main__":
    unittest.main()
