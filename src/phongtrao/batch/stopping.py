"""Signals that ask a run to stop -> one exception, after which what is done is made safe.

Ctrl-C, the end of a terminal and what a scheduler sends are all taken alike. The first one stops the run in
order; a second Ctrl-C ends it on the spot, which loses no more than a kill does.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ASKING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


class Stopped(KeyboardInterrupt):
    """The run was asked to stop; ``str`` gives the signal's name, nothing for Ctrl-C."""


@contextmanager
def stopping() -> Iterator[None]:
    """Turn signals that ask for an end into ``Stopped`` within; signals the caller ignores stay ignored.

    Only the main thread takes signals; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ASKING}
    taken = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]

    def stop(number: int, _: FrameType | None) -> None:
        for each in taken:
            signal.signal(each, signal.SIG_DFL if each == signal.SIGINT else signal.SIG_IGN)
        raise Stopped("" if number == signal.SIGINT else signal.Signals(number).name)

    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
