from __future__ import annotations

import asyncio

from sandbox_client import GapError, NotFoundError

from .deadline import seeded
from .hub_test import HubTest
from .scripted_hub import HubError, cuts_at_random


class Events(HubTest):
    async def test_every_event_arrives_once_over_cut_connections_and_deleted_is_the_last(self) -> None:
        cuts_at_random(self.hub, seeded(), 30)

        async def happen() -> None:
            while self.hub.cuts < 30:
                self.hub.happen("process_started", processId="p")
                await asyncio.sleep(0.001)
            self.hub.happen("deleted")

        happening = asyncio.create_task(happen())
        events = [event async for event in self.sandbox.events()]
        await happening
        self.assertEqual([event.sequence for event in events], list(range(1, len(self.hub.events) + 1)))
        self.assertEqual((events[0].process_id, events[-1].type), ("p", "deleted"))

    async def test_events_start_behind_a_number_and_end_where_they_are_not_followed(self) -> None:
        for _ in range(5):
            self.hub.happen("paused")
        self.assertEqual([event.sequence async for event in self.sandbox.events(since=3, follow=False)], [4, 5])

    async def test_events_that_a_server_repeats_are_left_out(self) -> None:
        for _ in range(5):
            self.hub.happen("paused")
        self.hub.repeats = 2
        self.assertEqual([event.sequence async for event in self.sandbox.events(since=3, follow=False)], [4, 5])

    async def test_a_reader_slower_than_the_events_misses_none(self) -> None:
        for _ in range(3_000):
            self.hub.happen("paused")
        self.hub.happen("deleted")
        sequences = []
        async for event in self.sandbox.events():
            sequences.append(event.sequence)
            if event.sequence == 1:
                await self.hub.until(lambda: bool(self.hub.calls_of("cancel")))
        self.assertEqual(sequences, list(range(1, 3_002)))

    async def test_events_that_are_not_kept_any_more_are_a_gap(self) -> None:
        for _ in range(5):
            self.hub.happen("paused")
        self.hub.happen("process_exited", processId="p", exit={"reason": "exited", "code": 4})
        self.hub.first_event = 4
        with self.assertRaises(GapError) as caught:
            await anext(aiter(self.sandbox.events()))
        self.assertEqual(caught.exception.end, 4)
        gaps: list[GapError] = []
        events = [event async for event in self.sandbox.events(follow=False, on_gap=gaps.append)]
        self.assertEqual([event.sequence for event in events], [4, 5, 6])
        self.assertEqual(events[-1].exit and events[-1].exit.code, 4)
        self.assertEqual(len(gaps), 1)

    async def test_an_error_of_the_server_ends_the_events_with_it(self) -> None:
        self.hub.fail("ReadEvents", HubError("not_found"))
        with self.assertRaises(NotFoundError):
            await anext(aiter(self.sandbox.events()))
