"""Family: every kind of socket, and other ways out of the machine."""

import pytest
from attacks.hostile import Attack, each, proven

PLAIN = """
    import socket
    s = socket.socket({family}, {kind}, {protocol})
    s.settimeout(1)
    {use}
    done = True
"""


def opened(name, family, kind, use, protocol="0", beats_naive=False, root=False):
    """Return an attack that opens a socket of `family` and puts it to use."""
    return Attack(
        f"socket-{name}",
        f"opens a socket of the family {family} and uses it",
        proven(PLAIN.format(family=family, kind=kind, use=use, protocol=protocol)),
        beats_naive=beats_naive,
        root=root,
    )


STREAM, DATAGRAM, RAW = "socket.SOCK_STREAM", "socket.SOCK_DGRAM", "socket.SOCK_RAW"

ATTACKS = [
    opened("tcp", "socket.AF_INET", STREAM, "s.connect(('127.0.0.1', @PORT@))", beats_naive=True),
    opened("tcp6", "socket.AF_INET6", STREAM, "s.connect(('::1', @PORT6@))"),
    opened(
        "udp",
        "socket.AF_INET",
        DATAGRAM,
        "s.connect(('127.0.0.1', @UDP@)); s.send(b'out')",
        beats_naive=True,
    ),
    opened("unix", "socket.AF_UNIX", STREAM, "s.connect('@UNIX@')", beats_naive=True),
    opened(
        "unix-abstract", "socket.AF_UNIX", STREAM, "s.connect('\\0@ABSTRACT@')", beats_naive=True
    ),
    opened(
        "netlink",
        "socket.AF_NETLINK",
        RAW,
        "s.bind((0, 0)); s.send((16).to_bytes(4, 'little') + bytes(12))",
        beats_naive=True,
    ),
    opened("packet", "socket.AF_PACKET", RAW, "pass", protocol="768", beats_naive=True, root=True),
    opened("icmp", "socket.AF_INET", RAW, "pass", protocol="1", beats_naive=True, root=True),
    opened("vsock", "40", STREAM, "s.connect((2, 1024))"),
    opened("crypto", "38", "5", "s.bind(('hash', 'sha1'))"),
    opened("bluetooth", "31", RAW, "pass", protocol="1"),
    opened("can", "29", RAW, "pass", protocol="1"),
    opened("express-data-path", "44", RAW, "pass"),
    opened("tipc", "30", DATAGRAM, "pass"),
    opened("smc", "43", STREAM, "s.connect(('127.0.0.1', @PORT@))"),
    Attack(
        "socket-listen",
        "listens on a port and connects to itself across the network of the machine",
        proven(
            """
            import socket
            server = socket.create_server(('127.0.0.1', 0))
            client = socket.create_connection(server.getsockname(), timeout=1)
            done = True
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "socket-names",
        "asks for the address of a name and opens a page",
        proven(
            """
            import urllib.request
            urllib.request.urlopen('http://127.0.0.1:@PORT@/', timeout=1).read(1)
            done = True
            """
        ),
    ),
    Attack(
        "socket-all-families",
        "tries every family from 0 to 63 with every kind",
        proven(
            """
            import socket
            for family in range(64):
                if family in (0, 1):
                    continue
                for kind in (1, 2, 3, 5):
                    try:
                        socket.socket(family, kind, 0).close()
                        done = True
                    except OSError:
                        pass
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "socket-descriptor-passing",
        "sends itself descriptors over a pair of sockets, and over every descriptor it inherited",
        proven(
            """
            import array, socket
            for fd in range(3, 64):
                try:
                    s = socket.socket(fileno=os.dup(fd))
                except OSError:
                    continue
                try:
                    s.settimeout(0.05)
                    message, ancillary, _, _ = s.recvmsg(16, 4096, socket.MSG_DONTWAIT)
                    done = done or bool(ancillary)
                except OSError:
                    pass
            """
        ),
    ),
    Attack(
        "socket-by-number",
        "makes the socket call by its number, past every wrapper",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            done = libc.syscall(41, 2, 1, 0) >= 0 or libc.syscall(41, 10, 2, 0) >= 0
            """
        ),
        beats_naive=True,
    ),
    Attack(
        "socket-by-old-calls",
        "makes the socket call through the 32-bit gate and the x32 numbers",
        proven(
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            done = libc.syscall(0x40000000 | 41, 2, 1, 0) >= 0
            """
        ),
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_no_socket_leads_out(attack, assert_harmless):
    assert_harmless(attack)
