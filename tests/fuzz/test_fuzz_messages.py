"""Any bytes at all from a worker: a value of plain data or an error, within bounds."""

import os
import socket
import threading
import tracemalloc

import numpy as np
from fuzz.campaign import fuzzed
from fuzz.mutation import MESSAGE_WORDS, VALUES, mutated
from hypothesis import example, given
from hypothesis import strategies as st

from course_lib.grading.sandbox import worker_client
from course_lib.worker import protocol

PLAIN = (type(None), bool, int, float, complex, str, bytes, np.ndarray, list, tuple, dict)


def framed(kind, nonce, payload):
    """Return one message as bytes."""
    return b"".join(protocol.frame(kind, nonce, [payload]))


payloads = mutated(VALUES.map(protocol.encode), MESSAGE_WORDS)


def assert_plain(value, depth=0):
    """Hold a value to plain data, all the way down."""
    assert type(value) in PLAIN
    assert depth <= protocol.MAX_DEPTH + 1
    if type(value) is np.ndarray:
        assert value.dtype in protocol.CODES
        assert value.flags.owndata
        assert value.flags.writeable
        assert value.base is None
    elif isinstance(value, dict):
        for key, item in value.items():
            assert type(key) is str
            assert_plain(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            assert_plain(item, depth + 1)


def equal(x, y):
    """Whether two values of plain data have the same types and the same bits."""
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray):
        return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
    if isinstance(x, (list, tuple)):
        return len(x) == len(y) and all(map(equal, x, y))
    if isinstance(x, dict):
        return x.keys() == y.keys() and all(equal(x[key], y[key]) for key in x)
    return repr(x) == repr(y)


@fuzzed
@given(VALUES)
def test_a_value_comes_back_as_it_was_sent(value):
    assert equal(protocol.decode(protocol.encode(value)), value)


@fuzzed
@given(payloads)
@example(b"l\x01\0\0\0" * 5000 + b"N")
@example(b"a\x0b\x02" + (1 << 62).to_bytes(8, "little") * 2)
@example(b"a\x0b\x10" + bytes(128))
@example(b"l\xff\xff\xff\xff")
@example(b"p\x01\0\0\0fs\x01\0\0\0x")
@example(b"d\x02\0\0\0s\0\0\0\0Ns\0\0\0\0N")
def test_a_payload_is_plain_data_or_refused(payload):
    try:
        value = protocol.decode(payload)
    except protocol.ProtocolError:
        return
    assert_plain(value)
    assert equal(protocol.decode(protocol.encode(value)), value)


@fuzzed
@given(payloads)
def test_decoding_takes_memory_in_proportion(payload):
    tracemalloc.start()
    try:
        protocol.decode(payload)
    except protocol.ProtocolError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 300 * len(payload) + 200_000


@fuzzed
@given(mutated(st.builds(framed, st.integers(0, 255), st.binary(min_size=16, max_size=16),
                         st.binary(max_size=9)), MESSAGE_WORDS))  # fmt: skip
def test_a_header_is_checked_or_refused(data):
    head = data[: protocol.HEADER.size].ljust(protocol.HEADER.size, b"\0")
    try:
        kind, nonce, length = protocol.header(head, protocol.ANSWERS, 1000)
    except protocol.ProtocolError:
        return
    assert kind in protocol.ANSWERS
    assert len(nonce) == 16
    assert 0 <= length <= 1000


def outcome(answer):
    """Ask a worker whose end of the channel says ``answer(nonce)`` and hangs up."""
    channel, peer = socket.socketpair()
    status, their_status = socket.socketpair()
    their_status.sendall(f"pid {os.getpid()}\nend 0\n".encode())

    def speak():
        with peer, their_status:
            head = peer.recv(protocol.HEADER.size, socket.MSG_WAITALL)
            if len(head) == protocol.HEADER.size:
                _, _, _, nonce, length = protocol.HEADER.unpack(head)
                peer.recv(length, socket.MSG_WAITALL)
                try:
                    peer.sendall(answer(nonce))
                except OSError:
                    return

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    worker = worker_client.Worker(channel, status)
    try:
        return worker.ask(protocol.CALL, {"name": "f", "args": []}, 60.0, 60.0)
    except worker_client.WorkerEnded as ended:
        return None, ended
    finally:
        worker.close()
        thread.join(10)
        assert not thread.is_alive()


@fuzzed
@given(
    st.sampled_from(protocol.ANSWERS), payloads, st.sampled_from(("own", "other", "cut", "twice"))
)
def test_an_answer_to_the_judge_is_data_or_the_workers_end(kind, payload, how):
    def answer(nonce):
        if how == "other":
            return framed(kind, bytes(16), payload)
        data = framed(kind, nonce, payload)
        return data[: len(data) // 2] if how == "cut" else data * (2 if how == "twice" else 1)

    said, value = outcome(answer)
    if isinstance(value, worker_client.WorkerEnded):
        assert value.kind in {"reply", "crashed"}
        assert how != "own" or value.kind == "reply"
    else:
        assert how in ("own", "twice")
        assert said in protocol.ANSWERS
        assert_plain(value)


@fuzzed
@given(st.binary(min_size=1, max_size=80))
def test_any_bytes_from_a_worker_are_data_or_its_end(data):
    _, value = outcome(lambda nonce: data)
    if isinstance(value, worker_client.WorkerEnded):
        assert value.kind in {"reply", "crashed"}
