"""What crosses between judge and worker, and what does not."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import Any

import numpy as np
import pytest

from course_lib.grading.sandbox.worker_client import Worker, WorkerEnded
from course_lib.worker import protocol
from course_lib.worker.protocol import Limits, NotDataError, ProtocolError, decode, encode


def head(code: int, *shape: int) -> bytes:
    """Return an array's tag, dtype code and shape, without its bytes."""
    return b"a" + bytes([code, len(shape)]) + struct.pack(f"<{len(shape)}Q", *shape)


BROKEN = {
    "nothing": b"",
    "an unknown tag": b"Z",
    "a pickle": b"\x80\x04\x95",
    "something after the value": b"NN",
    "an integer without its bytes": b"i\x08\x01",
    "an integer of too many bytes": b"i\xff" + bytes(255),
    "a text that is too short": b"s\x05\0\0\0ab",
    "a text longer than allowed": b"s\xff\xff\xff\x7f",
    "a text that is not UTF-8": b"s\x02\0\0\0\xff\xfe",
    "a list longer than the message": b"l\xff\xff\0\0N",
    "a dictionary with a number for a key": b"d\x01\0\0\0i\x01\x01N",
    "a dictionary with a key twice": b"d\x02\0\0\0s\x01\0\0\0aNs\x01\0\0\0aN",
    "an unknown dtype": head(200, 1) + bytes(8),
    "too many dimensions": head(11, *[1] * 17) + bytes(8),
    "a shape of more bytes than came": head(11, 4) + bytes(8),
    "a shape of fewer bytes than came": head(11, 1) + bytes(16),
    "a shape that overflows": head(11, 2**62, 2**62),
    "an empty array with a side beyond reason": head(11, 0, 2**62),
    "a list nested beyond the bound": b"l\x01\0\0\0" * 40 + b"N",
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
def test_a_broken_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(payload)


def test_bounds_hold_for_what_is_sent_and_for_what_comes() -> None:
    small = Limits(total=100, depth=2, items=5, text=10)
    for value in ("x" * 11, [0] * 6, [[[[]]]], np.zeros(20)):
        with pytest.raises(NotDataError):
            encode(value, small)
        with pytest.raises(ProtocolError):
            decode(encode(value), small)


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {1, 2}, np.array([object()]), np.array(["text"]), lambda: 0, 2**1000],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_data_is_not_sent(value: object) -> None:
    with pytest.raises(NotDataError):
        encode(value)


def test_arrays_come_back_plain_whatever_they_were() -> None:
    class Lying(np.ndarray):
        shape = property(lambda self: (99,))  # type: ignore[assignment]

        def view(self, *args: object, **kwargs: object) -> object:
            return "not an array"

    inner = np.arange(6.0).reshape(2, 3)
    for sent in (inner.view(Lying), inner.T.copy().T, inner.astype(">f8")):
        came = decode(encode(sent))
        assert type(came) is np.ndarray
        assert came.flags.writeable
        np.testing.assert_array_equal(came, inner)
    assert [type(decode(encode(value))) for value in (np.float32(1.5), np.int8(1), np.True_)] == [
        float,
        int,
        bool,
    ]
    assert decode(encode(np.ones(3, np.longdouble))).dtype == np.float64


def test_any_byte_but_zero_is_true() -> None:
    came = decode(head(0, 3) + b"\x00\x01\xff")
    assert came.dtype == bool
    assert came.view(np.uint8).tolist() == [0, 1, 1]


HEADERS = {
    "another magic number": b"NOPE" + bytes(28),
    "another version": protocol.HEADER.pack(protocol.MAGIC, 9, protocol.VALUE, bytes(16), 1),
    "a question instead of an answer": protocol.HEADER.pack(
        protocol.MAGIC, protocol.VERSION, protocol.CALL, bytes(16), 1
    ),
    "more than may come": protocol.HEADER.pack(
        protocol.MAGIC, protocol.VERSION, protocol.VALUE, bytes(16), 2**40
    ),
}


@pytest.mark.parametrize("raw", HEADERS.values(), ids=HEADERS)
def test_a_header_that_breaks_a_rule_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        protocol.header(raw, protocol.ANSWERS, protocol.MAX_BYTES)


# --- a worker that is not honest ----------------------------------------------------------------


class Forger:
    """The other end of a channel, in the hands of someone who may write anything at any time."""

    def __init__(self) -> None:
        judge_end, self.channel = socket.socketpair()
        status, self.status = socket.socketpair()
        self.status.sendall(b"pid 0\nend 0\n")
        self.worker = Worker(judge_end, status)

    def write(self, nonce: bytes, value: object, kind: int = protocol.VALUE) -> None:
        """Write one well-formed message."""
        self.channel.sendall(b"".join(protocol.frame(kind, nonce, [encode(value)])))

    def ask(self) -> object:
        """Have the judge ask something."""
        return self.worker.ask(protocol.CALL, {"name": "f", "args": []}, 5, 5)

    def close(self) -> None:
        """Close every end."""
        self.worker.close()
        self.channel.close()
        self.status.close()


@pytest.fixture
def forger():
    """A forger, cleaned up."""
    made = Forger()
    yield made
    made.close()


def test_an_answer_before_its_question_ends_the_worker(forger: Forger) -> None:
    forger.write(bytes(16), "full marks")
    with pytest.raises(WorkerEnded, match="before its question") as caught:
        forger.ask()
    assert caught.value.kind == "reply"


def test_a_nonce_cannot_be_guessed_or_used_again(forger: Forger, monkeypatch) -> None:
    nonces = iter([b"a" * 16, b"b" * 16])
    monkeypatch.setattr(
        "course_lib.grading.sandbox.worker_client.secrets.token_bytes", lambda size: next(nonces)
    )
    send = forger.worker._send
    replies = iter([b"a" * 16, b"a" * 16])

    def answer_at_once(part: bytes, watch: object) -> None:
        send(part, watch)
        if len(part) >= protocol.HEADER.size:
            forger.write(next(replies), "the same answer")

    monkeypatch.setattr(forger.worker, "_send", answer_at_once)
    assert forger.ask() == (protocol.VALUE, "the same answer")
    with pytest.raises(WorkerEnded, match="belongs to no question"):
        forger.ask()


def test_half_a_message_ends_at_the_clock(forger: Forger) -> None:
    threadless = forger.worker
    send = threadless._send

    def answer_half(part: bytes, watch: object) -> None:
        send(part, watch)
        if len(part) >= protocol.HEADER.size:
            nonce = protocol.HEADER.unpack(part[: protocol.HEADER.size])[3]
            whole = b"".join(protocol.frame(protocol.VALUE, nonce, [encode("x" * 100)]))
            forger.channel.sendall(whole[:50])

    threadless._send = answer_half  # type: ignore[method-assign]
    with pytest.raises(WorkerEnded, match="no answer within"):
        threadless.ask(protocol.CALL, {"name": "f", "args": []}, 5, 0.2)


def test_a_worker_that_stops_reading_ends_at_the_clock(forger: Forger) -> None:
    question = {"name": "f", "args": [np.zeros(2**21)]}
    with pytest.raises(WorkerEnded, match="no answer within"):
        forger.worker.ask(protocol.CALL, question, 5, 0.2)


def test_a_message_that_comes_byte_by_byte_ends_at_the_clock(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger.worker.steps = (5.0,)  # no wait is ever in vain
    send = forger.worker._send

    def drip(whole: bytes) -> None:
        with contextlib.suppress(OSError):
            for byte in whole:
                forger.channel.sendall(bytes([byte]))
                time.sleep(0.0001)

    dripping = []

    def answer_in_drops(part: bytes, watch: object) -> None:
        send(part, watch)
        if len(part) >= protocol.HEADER.size:
            nonce = protocol.HEADER.unpack(part[: protocol.HEADER.size])[3]
            whole = b"".join(protocol.frame(protocol.VALUE, nonce, [encode("x" * 2**14)]))
            dripping.append(threading.Thread(target=drip, args=(whole,)))
            dripping[0].start()

    forger.worker._send = answer_in_drops  # type: ignore[method-assign]
    with pytest.raises(WorkerEnded, match="no answer within"):
        forger.worker.ask(protocol.CALL, {"name": "f", "args": []}, 5, 0.2)
    dripping[0].join()


def test_an_answer_that_lay_there_while_the_judge_was_held_up_counts(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger.worker.steps = (5.0,)
    send = forger.worker._send

    def answer_and_hold_up(part: bytes, watch: Any) -> None:
        send(part, watch)
        if len(part) >= protocol.HEADER.size:
            nonce = protocol.HEADER.unpack(part[: protocol.HEADER.size])[3]
            threading.Timer(0.05, forger.write, (nonce, "in time")).start()
            watch._start -= 10  # as if the clock had gone on without this process

    forger.worker._send = answer_and_hold_up  # type: ignore[method-assign]
    assert forger.ask()[1] == "in time"
