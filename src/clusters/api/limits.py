"""How many requests an account may make a minute, so that one program does not starve the rest."""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

_MINUTE_S: Final = 60.0
_MOST_REMEMBERED: Final = 10_000


class Budget:
    """Requests a minute for each of many names; safe among threads.

    Whoever was quiet may ask all of them at once and then one after another as the minute passes
    (the generic cell rate algorithm): what is remembered of a name is one moment.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._each_s = _MINUTE_S / per_minute
        self._clock = clock
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, who: str) -> int:
        """Take one request and return 0, or the whole seconds to wait where none is left."""
        with self._lock:
            now = self._clock()
            due = max(self._due.get(who, now), now)
            early_s = due + self._each_s - now - _MINUTE_S
            if early_s > 1e-9:
                return math.ceil(early_s)
            if len(self._due) >= _MOST_REMEMBERED:
                self._due = {name: one for name, one in self._due.items() if one > now}
            self._due[who] = due + self._each_s
            return 0
