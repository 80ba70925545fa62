from __future__ import annotations

from sandbox_client import ConflictError, NotFoundError, UnknownOutcomeError, connect

from .hub_test import QUICK, HubTest


class Snapshots(HubTest):
    async def test_snapshots_are_taken_listed_by_pages_labelled_renamed_and_deleted_and_sandboxes_start_from_them(self) -> None:
        taken = await self.sandbox.snapshot("one", labels={"a": "b"})
        self.assertEqual((taken.snapshot.name, taken.snapshot.labels, taken.snapshot.layer_count), ("one", {"a": "b"}, 2))
        self.assertEqual((taken.changed, taken.left_out), (("srv/log",), ()))
        with self.assertRaises(ConflictError):
            await self.sandbox.snapshot("one")
        self.assertEqual((await self.sandbox.snapshot("one", overwrite=True, consistent=True)).changed, ())
        for name in ("two", "three"):
            await self.sandbox.snapshot(name)
        async with connect(self.url, options=QUICK) as client:
            self.assertEqual([snapshot.name async for snapshot in client.snapshots(page=2)], ["one", "three", "two"])
            self.assertEqual((await client.label_snapshot("two", {"n": "m"})).labels, {"n": "m"})
            self.assertEqual((await client.snapshot("two")).name, "two")
            with self.assertRaises(ConflictError):
                await client.rename_snapshot("two", "three")
            self.assertEqual((await client.rename_snapshot("two", "four")).name, "four")
            with self.assertRaises(NotFoundError):
                await client.snapshot("two")
            await client.delete_snapshot("four", cascade=True)
            with self.assertRaises(NotFoundError):
                await client.snapshot("four")
            await client.create(snapshot="one")
        self.assertEqual(self.hub.calls[-1][1]["snapshot"], "one")

    async def test_a_snapshot_whose_answer_is_lost_is_not_asked_for_again(self) -> None:
        self.hub.lose_answer("CreateSnapshot")
        with self.assertRaises(UnknownOutcomeError):
            await self.sandbox.snapshot("one")
        self.assertEqual(sum(method == "CreateSnapshot" for method, _ in self.hub.calls), 1)
