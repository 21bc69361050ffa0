#!/usr/bin/env python3
"""Starts a daemon and has a peer and clients do to it, for SECONDS, everything that is not allowed, while an ordinary
client works: hostile.py SECONDS [BINARIES].

Control lines with every field at its extremes, bytes that are no text, sessions and streams opened and left, links that
lie, floods. Passes if the daemon is up and answers afterwards, its memory did not grow after the first third, and the
ordinary client was served within twice its usual time (the medians, on a machine that does nothing else).
"""

import json
import multiprocessing
import os
import random
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

# The hashes of the two names, from Netceptor's fixtures.
NODE, NODE_HASH = "node1", 0x61052D2B582EB15E
PEER, PEER_HASH = "baz", 0x5221986A562A9688
MEBIBYTE = 1 << 20
# What the memory may differ between the two last thirds, in MiB: what the allocator keeps.
TOLERANCE = 16
# What an ordinary client waits between two rounds, in seconds, with and without attack: processors that slept serve more
# slowly.
PAUSE = 0.1


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Node:
    """The daemon under attack."""

    def __init__(self, binaries, folder):
        self.folder = folder
        self.socket = f"{folder}/s"
        self.control_port = free_port()
        self.link_port = free_port()
        configuration = f"""version: 2
node:
  id: {NODE}
  datadir: {folder}/d
control-services:
  - service: control
    filename: {self.socket}
    tcplisten: 127.0.0.1:{self.control_port}
tcp-listeners:
  - port: {self.link_port}
    bindaddr: 127.0.0.1
work-commands:
  - worktype: cat
    command: cat
  - worktype: sleep
    command: sleep
    params: "30"
"""
        with open(f"{folder}/node.yml", "w", encoding="utf8") as file:
            file.write(configuration)
        self.log = open(f"{folder}/log", "wb")
        self.process = subprocess.Popen(
            [f"{binaries}/workceptor", "--config", f"{folder}/node.yml"], stderr=self.log
        )
        deadline = time.monotonic() + 10
        while not os.path.exists(self.socket):
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"hostile: the daemon did not start: see {folder}/log")
            time.sleep(0.05)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("VmRSS:")).split()[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def dial(address, timeout=10):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    connection.connect(address)
    return connection


def session(path):
    connection = dial(path)
    lines = connection.makefile("rb")
    lines.readline()
    return connection, lines


def work(path):
    """What an ordinary client does: a list, a unit with its results, its release. The seconds that it took."""
    start = time.monotonic()
    connection, lines = session(path)
    with connection:
        connection.sendall(b"work list\n")
        lines.readline()
    connection, lines = session(path)
    with connection:
        connection.sendall(b'{"command":"work","subcommand":"submit","node":"node1","worktype":"cat"}\n')
        unit = lines.readline().decode().split()[5].rstrip(".")
        connection.sendall(b"an ordinary payload")
        connection.shutdown(socket.SHUT_WR)
        lines.readline()
    connection, lines = session(path)
    with connection:
        connection.sendall(f"work results {unit}\n".encode())
        connection.shutdown(socket.SHUT_WR)
        lines.readline()
        assert lines.read() == b"an ordinary payload"
    connection, lines = session(path)
    with connection:
        connection.sendall(f"work release {unit}\n".encode())
        assert b"released" in lines.readline()
    return time.monotonic() - start


def rounds(path, count):
    for _ in range(count):
        yield work(path)
        time.sleep(PAUSE)


def tidy(path):
    """Releases what the attackers got accepted, as an operator would, for a list costs what it lists: how many units."""
    connection, lines = session(path)
    with connection:
        connection.sendall(b"work list\n")
        units = list(json.loads(lines.readline()))
    for unit in units:
        connection, lines = session(path)
        with connection:
            connection.sendall(f"work force-release {unit}\n".encode())
            lines.readline()
    return len(units)


# What is not allowed, on the control services

EXTREMES = [
    "0", "-1", "1", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400", "1e-400", "null",
    "true", '""', '"\\u0000"', '"\\ud800"', '"../../etc"', "[]", "{}", '"9999999h"', '"-1s"', '"NaN"', "1.5",
    '"' + "x" * 5000 + '"', "[" * 2000, '"node1"', '"localhost"', '"cat"', '"true"', '"e\u0301\u0301\u0301"',
]
FIELDS = [
    "command", "subcommand", "node", "worktype", "tlsclient", "ttl", "signwork", "signature", "unitid", "startpos",
    "params", "target", "service", "node_id", "requested_fields", "secret_x", "",
]
COMMANDS = ["work", "ping", "status", "connect", "traceroute", "reload", "nosuch", ""]
SUBCOMMANDS = ["submit", "list", "status", "cancel", "release", "force-release", "results", "nosuch"]


def control_line(dice):
    kind = dice.randrange(6)
    if kind == 0:
        return bytes(dice.randrange(256) for _ in range(dice.randrange(300))).replace(b"\n", b"") + b"\n"
    if kind == 1:
        words = [dice.choice(COMMANDS), dice.choice(SUBCOMMANDS)] + dice.sample(EXTREMES, 3)
        return " ".join(words).encode("utf8", "replace") + b"\n"
    if kind == 2:
        return b"[" * dice.randrange(100_000) + b"\n"
    fields = [f'"command":"{dice.choice(COMMANDS)}"', f'"subcommand":"{dice.choice(SUBCOMMANDS)}"']
    for name in dice.sample(FIELDS, 4):
        fields.append(f'"{name}":{dice.choice(EXTREMES)}')
    if kind == 3:
        dice.shuffle(fields)
    text = ("{" + ",".join(fields) + "}").encode("utf8", "replace")
    if kind == 4 and text:
        place = dice.randrange(len(text))
        text = text[:place] + bytes([dice.randrange(256)]) + text[place:]
    return text.replace(b"\n", b"") + b"\n"


def abuse_control(dice, node, kept):
    connection = dial(dice.choice([node["socket"], ("127.0.0.1", node["control_port"])]), 2)
    kind = dice.randrange(4)
    if kind == 0:
        # Opened and left, with half a line.
        connection.sendall(b"work li" if dice.random() < 0.5 else b"")
        keep(dice, kept, connection)
        return
    if kind == 1:
        connection.sendall(b"x" * dice.randrange(2 * MEBIBYTE))
    else:
        connection.sendall(b"".join(control_line(dice) for _ in range(dice.randrange(1, 20))))
    if dice.random() < 0.5:
        connection.settimeout(0.05)
        try:
            connection.recv(100_000)
        except OSError:
            pass
    connection.close()


# What is not allowed, on links


def frame(message):
    return struct.pack("<H", len(message) & 0xFFFF) + message[:0xFFFF]


def update(dice, name, connections, sequence):
    epoch = int(time.time()) << 24
    return b"\x01" + json.dumps(
        {
            "NodeID": name,
            "UpdateID": f"{dice.randrange(1 << 60)}",
            "UpdateEpoch": epoch,
            "UpdateSequence": sequence,
            "Connections": connections,
            "ForwardingNode": PEER,
            "SuspectedDuplicate": 0,
        }
    ).encode()


def datagram(dice, payload):
    services = [b"control\0", b"ping\0\0\0\0", b"unreach\0", bytes(dice.randrange(256) for _ in range(8))]
    origin = bytes(dice.choice(b"abcdefgh") for _ in range(8))
    source = PEER_HASH if dice.random() < 0.8 else dice.randrange(1 << 64)
    target = NODE_HASH if dice.random() < 0.8 else dice.randrange(1 << 64)
    head = bytes([0, dice.randrange(256), 0, 0]) + struct.pack(">QQ", source, target)
    return head + origin + dice.choice(services) + payload


def quic_initial(dice):
    """A packet that looks like the first of a connection, for a server that looks no further than it must."""
    identifier = bytes(dice.randrange(256) for _ in range(8))
    head = bytes([0xC0 | dice.randrange(4)]) + struct.pack(">I", 1) + b"\x08" + identifier + b"\x08" + identifier[::-1]
    body = head + b"\x00" + struct.pack(">H", 0x4000 | 1150)
    return body + bytes(dice.randrange(256) for _ in range(1200 - len(body)))


def hostile_message(dice, sequence):
    kind = dice.randrange(8)
    if kind == 0:
        return bytes(dice.randrange(256) for _ in range(dice.randrange(1, 400)))
    if kind == 1:
        costs = [1, 0, -1, 1e308, 1e400, "1", None, [], 4e-324]
        return update(dice, PEER, {f"n{dice.randrange(50)}": dice.choice(costs)}, sequence)
    if kind == 2:
        name = f"made-up-{dice.randrange(300)}"
        return update(dice, name, {PEER: 1, f"made-up-{dice.randrange(300)}": 1}, dice.randrange(1 << 63))
    if kind == 3:
        text = dice.choice(EXTREMES)
        service = f'"NodeID":"{PEER}","Service":{text},"Time":"2026-01-01T00:00:00Z","ConnType":{text},"Tags":null'
        return b"\x02" + ("{" + service + ',"WorkCommands":null,"Cancel":false}').encode("utf8", "replace")
    if kind == 4:
        return datagram(dice, bytes(dice.randrange(256) for _ in range(dice.randrange(200))))
    if kind == 5:
        return datagram(dice, quic_initial(dice))
    if kind == 6:
        return b"\x03" + dice.choice(EXTREMES).encode("utf8", "replace")
    return datagram(dice, b"{" + dice.choice(EXTREMES).encode("utf8", "replace"))


def abuse_link(dice, node, kept):
    connection = dial(("127.0.0.1", node["link_port"]), 2)
    kind = dice.randrange(4)
    if kind == 0:
        connection.sendall(b"\xff\xffhalf" if dice.random() < 0.5 else b"")
        keep(dice, kept, connection)
        return
    sequence = 1
    connection.sendall(frame(update(dice, PEER, {}, sequence)) + frame(update(dice, PEER, {NODE: 1}, sequence + 1)))
    connection.settimeout(0.3)
    try:
        while len(connection.recv(65536)) > 0:
            sequence += 1
            parts = [hostile_message(dice, sequence + number) for number in range(dice.randrange(1, 60))]
            sequence += len(parts)
            connection.sendall(b"".join(frame(part) for part in parts))
            if kind == 1 or sequence > 3000:
                break
    except OSError:
        pass
    if dice.random() < 0.2:
        # Takes nothing any more.
        keep(dice, kept, connection)
        return
    connection.close()


def keep(dice, kept, connection):
    kept.append(connection)
    while len(kept) > 120:
        kept.pop(dice.randrange(len(kept))).close()


def attack(node, seed, until, counts, index):
    dice = random.Random(seed)
    kept = []
    while time.monotonic() < until:
        try:
            (abuse_control if dice.random() < 0.6 else abuse_link)(dice, node, kept)
        except OSError:
            # Turned away, which is the daemon's right.
            time.sleep(0.01)
        counts[index] += 1
        # A flood takes the processors from the ordinary client whatever the daemon does, so it is one second of ten.
        if int(time.monotonic()) % 10:
            time.sleep(dice.random() * 0.03)


def median(times):
    return statistics.median(times) * 1000


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    seconds = float(sys.argv[1])
    binaries = sys.argv[2] if len(sys.argv) > 2 else ".build/release"
    seed = int(os.environ.get("HOSTILE_SEED", random.randrange(1 << 32)))
    folder = tempfile.mkdtemp(prefix="workceptor-hostile-")
    node = Node(binaries, folder)
    problems = []
    counts = multiprocessing.Array("q", 2)
    attackers = []
    try:
        usual = list(rounds(node.socket, 100))
        print(f"hostile: seed {seed}; usually {median(usual):.1f} ms, {node.memory():.0f} MiB", flush=True)
        start = time.monotonic()
        facts = {key: getattr(node, key) for key in ("socket", "control_port", "link_port")}
        for index in range(2):
            process = multiprocessing.Process(target=attack, args=(facts, seed + index, start + seconds, counts, index))
            process.start()
            attackers.append(process)
        times, memory, shown, tidied, left = [], [], start, start, 0
        while time.monotonic() < start + seconds:
            times.append(work(node.socket))
            memory.append(node.memory())
            if time.monotonic() > tidied + 5:
                left += tidy(node.socket)
                tidied = time.monotonic()
            if time.monotonic() > shown + 60:
                shown = time.monotonic()
                print(
                    f"hostile: {shown - start:.0f} s, {sum(counts)} attacks, {node.memory():.0f} MiB, "
                    f"{node.descriptors()} descriptors, {median(times):.1f} ms",
                    flush=True,
                )
            time.sleep(PAUSE)
        for process in attackers:
            process.join(30)
        third = len(memory) // 3
        before, after = max(memory[third : 2 * third]), max(memory[2 * third :])
        left += tidy(node.socket)
        print(
            f"hostile: {sum(counts)} attacks, {left} units of theirs released; {len(times)} ordinary rounds: "
            f"median {median(times):.1f} ms, longest {max(times) * 1000:.0f} ms; memory {before:.0f}, then {after:.0f} MiB at the most"
        )
        if median(times) > 2 * median(usual):
            problems.append("the ordinary client was served in more than twice its usual time")
        if after > before + TOLERANCE:
            problems.append("the memory grows")
        calm = list(rounds(node.socket, 50))
        print(f"hostile: afterwards {median(calm):.1f} ms, {node.memory():.0f} MiB, {node.descriptors()} descriptors")
    except (OSError, IndexError, AssertionError) as error:
        problems.append(f"the ordinary client was not served: {type(error).__name__} {error}")
    finally:
        for process in attackers:
            process.kill()
        if node.process.poll() is not None:
            problems.append(f"the daemon ended with {node.process.returncode}: see {folder}/log")
        else:
            start = time.monotonic()
            node.process.send_signal(signal.SIGTERM)
            try:
                node.process.wait(11)
                print(f"hostile: ended {time.monotonic() - start:.2f} s after SIGTERM")
            except subprocess.TimeoutExpired:
                problems.append("the daemon did not end within 10 s of SIGTERM")
                node.process.kill()
    if problems:
        sys.exit("hostile: FAILED: " + "; ".join(problems))
    subprocess.run(["rm", "-rf", folder], check=True)
    print("hostile: passed")


if __name__ == "__main__":
    main()
