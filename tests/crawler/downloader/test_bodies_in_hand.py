"""Packed answers wait for room, in the order of coming, and never for good."""

import asyncio
import gzip

from scrapy.http import Response

from crawler.downloader.bodies_in_hand import BodiesInHand
from tests.support.crawl_child import crawl
from tests.support.servers import PAGE, answer, serving

LARGE = 100


def body(size: int = LARGE) -> Response:
    return Response("http://ledger.example/", body=b"x" * size)


async def turns() -> None:
    """Let all that can go on do so; a body that was let go takes two turns to be heard of."""
    for _ in range(6):
        await asyncio.sleep(0)


def test_who_comes_while_there_is_room_does_not_wait() -> None:
    async def go() -> None:
        in_hand = BodiesInHand(LARGE, 3_600)
        await in_hand.room()
        one = body(LARGE - 1)
        in_hand.hold(one)
        await in_hand.room()
        assert in_hand.total_bytes == len(one.body)

    asyncio.run(go())


def test_who_waits_goes_on_in_order_as_bodies_are_let_go() -> None:
    async def go() -> None:
        in_hand = BodiesInHand(LARGE, 3_600)
        held = [body()]
        in_hand.hold(held[0])
        order: list[int] = []

        async def wait(number: int) -> None:
            await in_hand.room()
            order.append(number)
            held.append(body())
            in_hand.hold(held[-1])

        waiting = [asyncio.create_task(wait(number)) for number in range(3)]
        await turns()
        seen = [list(order)]
        for _ in range(3):
            held.clear()
            await turns()
            seen.append(list(order))
            assert in_hand.total_bytes == LARGE
        await asyncio.gather(*waiting)
        held.clear()
        await turns()

        assert seen == [[], [0], [0, 1], [0, 1, 2]]
        assert in_hand.total_bytes == 0

    asyncio.run(go())


def test_small_bodies_that_were_waiting_all_go_on_together() -> None:
    async def go() -> None:
        in_hand = BodiesInHand(LARGE, 3_600)
        held = [body()]
        in_hand.hold(held[0])

        async def wait() -> Response:
            await in_hand.room()
            small = body(1)
            in_hand.hold(small)
            return small

        waiting = [asyncio.create_task(wait()) for _ in range(5)]
        await turns()
        held.clear()
        small = await asyncio.gather(*waiting)
        assert in_hand.total_bytes == len(small)

    asyncio.run(go())


def test_nobody_waits_for_good_for_who_may_wait_for_a_further_answer() -> None:
    async def go() -> None:
        in_hand = BodiesInHand(LARGE, 0)
        first = body()
        in_hand.hold(first)
        await in_hand.room()
        await in_hand.room()
        assert in_hand.total_bytes == len(first.body)

    asyncio.run(go())


def test_who_stops_waiting_holds_nobody_up() -> None:
    async def go() -> None:
        in_hand = BodiesInHand(LARGE, 3_600)
        held = [body()]
        in_hand.hold(held[0])
        gone, stays = (asyncio.create_task(in_hand.room()) for _ in range(2))
        await turns()
        gone.cancel()
        held.clear()
        await stays
        assert gone.cancelled()

    asyncio.run(go())


def test_a_body_may_outlive_its_crawl() -> None:
    async def hold() -> Response:
        one = body()
        BodiesInHand(LARGE, 0).hold(one)
        return one

    one = asyncio.run(hold())
    del one


def test_more_packed_answers_than_there_is_room_for_are_all_read() -> None:
    plain = PAGE + b" " * (15 * 2**20)
    packed = answer(gzip.compress(plain), Content_Encoding="gzip")
    with serving({f"/{number}": packed for number in range(8)}) as server:
        urls = [server.url(f"/{number}") for number in range(8)]
        outcomes = crawl([urls], settings={"SEEDWATCH_ALLOW_PRIVATE": [server.place], "DOWNLOAD_DELAY": 0})

    assert {url: outcomes.reason(url) for url in urls} == dict.fromkeys(urls, "")
    assert outcomes.of(urls[0])["body"].encode() == plain[:200]
