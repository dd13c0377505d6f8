"""What a scale weighs: gross, tare, motion. In whole grams; knows no protocol and no time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Platter:
    """A platter with something on it. ``load_g`` is what lies there, before any zero setting.

    ``division_g``: the smallest step that the scale shows.
    """

    capacity_g: int = 15_000
    division_g: int = 5
    load_g: int = 0
    moving: bool = False
    tare_g: int = 0
    _zero_g: int = 0

    @property
    def gross_g(self) -> int:
        """What lies there, counted from where zero was set."""
        return self.load_g - self._zero_g

    @property
    def shown_g(self) -> int:
        """Net while there is a tare, otherwise gross; not rounded."""
        return self.gross_g - self.tare_g

    @property
    def over(self) -> bool:
        """More than it can weigh: nine divisions above the end are still shown (OIML R 76-1)."""
        return self.gross_g > self.capacity_g + 9 * self.division_g

    @property
    def under(self) -> bool:
        """Less than nothing is shown."""
        return self.shown_g < 0

    @property
    def centred(self) -> bool:
        """Within a quarter of a division from zero (OIML R 76-1, 4.5.2)."""
        return 4 * abs(self.gross_g) <= self.division_g

    @property
    def capturable(self) -> bool:
        """Within two hundredths of its capacity from the zero it came with (OIML R 76-1, 4.5.1)."""
        return 50 * abs(self.load_g) <= self.capacity_g

    def weigh(self, grams: int, *, moving: bool = False) -> None:
        """Put so much on it in all; ``moving``: it has not come to rest yet."""
        self.load_g, self.moving = grams, moving

    def zero(self) -> bool:
        """Set zero here; False: it moves, is too far from zero, or has a tare."""
        if self.moving or self.tare_g or not self.capturable:
            return False
        self._zero_g = self.load_g
        return True

    def tare(self, grams: int | None = None) -> bool:
        """Take what lies there, or so many grams, as the tare; False: it moves, or is none."""
        wanted = self.gross_g if grams is None else grams
        if self.moving or wanted <= 0 or wanted > self.capacity_g:
            return False
        self.tare_g = wanted
        return True

    def clear_tare(self) -> bool:
        """Forget the tare; False: it moves."""
        if self.moving:
            return False
        self.tare_g = 0
        return True


def rounded(grams: int, numerator: int, denominator: int, step: int) -> int:
    """Grams in another unit, to the next multiple of ``step``, halves away from zero."""
    scaled, divisor = abs(grams) * numerator, denominator * step
    steps = (2 * scaled + divisor) // (2 * divisor)
    return steps * step if grams >= 0 else -steps * step
