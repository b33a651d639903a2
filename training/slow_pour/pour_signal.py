# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A recorded pour as volumes: spikes left out, drift of the scale removed, or refused."""

from dataclasses import dataclass
import math

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup, MAX_TILT
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.errors import ContextError
from pour_force_estimator.pours.cut import CutterSettings
from pour_force_estimator.pours.judging import max_fall
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.pours.rest import rest_slope
from pour_force_estimator.pours.spikes import find_spikes, MAX_PART, MIN_COUNT
from pour_force_estimator.units import m3_to_ml, rad_to_degree

from ..errors import ShapeError
from ..fitting.plausibility import OVERFULL

MIN_REST_S = 1.0
"""Rest of the tilt at an end of a recording that tells the drift of the scale [s]."""

_MAX_REST_S = 10.0

_STILL = math.radians(0.3)
"""Change of the tilt that is rest: three quanta of the encoder of the robot trials [rad]."""

_MIN_TILT_CHANGE = math.radians(10.0)

_MAX_DRIFT = 0.02
"""Drift over the whole pour that is not understood, relative to the initial weight [-]."""

_MAX_GAIN = 1.02
"""Most that may have left, relative to the initial weight [-]: scales err."""

_MAX_FALL = 0.15
"""By how much the poured weight may seem to fall, relative to the initial weight [-]."""

_MIN_POURED_M3 = 10e-6


@dataclass(frozen=True)
class PourSignal:
    """
    What a pour tells of its cup.

    Attributes
    ----------
    name : str
        What to call it in messages.
    rate_hz : float
        Rate of the samples [Hz].
    tilt : ndarray of shape (n,)
        Tilt of the cup as measured [rad], 0 to `MAX_TILT`.
    poured : ndarray of shape (n,)
        Volume that the scale has seen [m^3]; noisy.
    initial : float
        Volume in the cup at the start [m^3].
    height, diameter : float
        Of the cup inside [m].
    noise : float
        Standard deviation of a sample of `poured` [m^3].
    notes : tuple of str
        What was left out or corrected.

    """

    name: str
    rate_hz: float
    tilt: np.ndarray
    poured: np.ndarray
    initial: float
    height: float
    diameter: float
    noise: float
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> CupSize:
        """Size of the cup."""
        return CupSize(self.height, self.diameter)

    @classmethod
    def of_recording(
        cls, name: str, pour: RecordedPour, relative_density: float | None = None
    ) -> 'PourSignal':
        """
        Return a pour of an array as volumes; `of_weights` says what is refused.

        Parameters
        ----------
        name : str
            What to call it.
        pour : RecordedPour
            The pour.
        relative_density : float, optional
            Density where the layout holds none.

        """
        try:
            context = pour.context
        except ContextError as error:
            raise ShapeError(f'{name}: {error}') from error
        return cls.of_weights(
            name,
            pour.schema.sample_rate_hz,
            pour.tilt,
            pour.poured_weight,
            context,
            relative_density,
        )

    @classmethod
    def of_weights(
        cls,
        name: str,
        rate_hz: float,
        tilt: np.ndarray,
        poured_weight: np.ndarray,
        context: PourContext,
        relative_density: float | None = None,
    ) -> 'PourSignal':
        """
        Return a pour as volumes.

        Parameters
        ----------
        name : str
            What to call it.
        rate_hz : float
            Rate of the samples [Hz].
        tilt : ndarray of shape (n,)
            Tilt of the cup, positive while it pours [rad].
        poured_weight : ndarray of shape (n,)
            Weight that the scale has seen [N].
        context : PourContext
            Initial weight, size of the cup and, where it is known, density.
        relative_density : float, optional
            Density where the context has none; that of water if left out.

        Raises
        ------
        ShapeError
            If it is no pour that tells of a cup; the message says what to do.

        """
        missing = [
            key
            for key in ('initial_weight', 'cup_height', 'cup_diameter')
            if getattr(context, key) is None
        ]
        if missing:
            raise ShapeError(f'{name}: expected {", ".join(missing)}, received none')
        initial = float(context.initial_weight or 0.0)
        density = context.relative_density or relative_density or 1.0
        step = np.diff(tilt)
        if len(tilt) < 4 or np.ptp(tilt) < _MIN_TILT_CHANGE or not np.any(step > 0.0):
            raise ShapeError(
                f'{name}: expected a cup that tilts by at least '
                f'{rad_to_degree(_MIN_TILT_CHANGE):.0f} degree, received '
                f'{rad_to_degree(float(np.ptp(tilt))):.1f} in {len(tilt)} samples'
            )
        _check_fill(name, context, initial, density)
        weights, notes = _without_spikes(name, np.asarray(poured_weight, np.float64))
        weights, noise, drift_note = _without_drift(name, rate_hz, tilt, weights, initial)
        _check_weights(name, weights, initial)
        liquid = Liquid(density)
        poured = liquid.volume(weights)
        if float(np.median(poured[-5:])) < _MIN_POURED_M3:
            raise ShapeError(
                f'{name}: expected a pour of at least {m3_to_ml(_MIN_POURED_M3):.0f} ml, received '
                f'{m3_to_ml(float(np.median(poured[-5:]))):.1f} ml'
            )
        return cls(
            name,
            rate_hz,
            np.clip(tilt, 0.0, MAX_TILT),
            poured,
            float(liquid.volume(initial)),
            float(context.cup_height or 0.0),
            float(context.cup_diameter or 0.0),
            float(liquid.volume(noise)),
            (*notes, *drift_note),
        )


def _check_fill(name: str, context: PourContext, initial: float, relative_density: float) -> None:
    """Raise `ShapeError` if no cup of the size can hold the initial weight [N]."""
    cup = Cup(context.required('cup_height'), context.required('cup_diameter'))
    full = float(Liquid(relative_density).weight(cup.volume))
    if initial > OVERFULL * full:
        raise ShapeError(
            f'{name}: initial_weight: expected at most {full:.2f} N, what a cylinder of '
            f'{CupSize.of(context)} holds, received {initial:.2f} N: are weight and sizes in the '
            'units of the layout, N and m in a context file?'
        )


def _without_spikes(name: str, weights: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    spikes = find_spikes(weights)
    count = int(spikes.sum())
    if not count:
        return weights, ()
    if count > max(MIN_COUNT, MAX_PART * len(weights)):
        raise ShapeError(
            f'{name}: expected at most {100 * MAX_PART:.0f} % of spikes, received {count} of '
            f'{len(weights)} readings of the scale that stick out: look for a loose contact'
        )
    steps = np.arange(len(weights))
    filled = np.interp(steps, steps[~spikes], weights[~spikes])
    return filled, (f'{count} spikes of the scale left out',)


def _without_drift(
    name: str, rate_hz: float, tilt: np.ndarray, weights: np.ndarray, initial: float
) -> tuple[np.ndarray, float, tuple[str, ...]]:
    """
    Remove what the scale drifts by at both ends, where the cup is still and nothing flows.

    Returns
    -------
    weights : ndarray of shape (n,)
        Readings [N], 0 in the rest before.
    noise : float
        Standard deviation of a reading at rest [N].
    note : tuple of str
        What was removed; empty if nothing.

    """
    rate = MIN_REST_S * rate_hz
    before, after = (_still_samples(values, rate_hz) for values in (tilt, tilt[::-1]))
    parts = {}
    if before >= rate:
        parts['before'] = slice(0, before)
        weights = weights - float(np.mean(weights[: max(before // 2, 3)]))
    if after >= rate:  # of which the first half may still settle
        parts['after'] = slice(len(tilt) - max(after // 2, 4), len(tilt))
    if not parts:
        return weights, _white_noise(weights), ()
    noise = float(np.median([_white_noise(weights[part]) for part in parts.values()]))
    stamps = np.rint(np.arange(len(tilt)) * 1e9 / rate_hz)
    duration_s, limit = len(tilt) / rate_hz, _MAX_DRIFT * initial
    slopes = {end: rest_slope(stamps[part], weights[part]) for end, part in parts.items()}
    sure = {
        end: math.copysign(max(abs(slope) - 3.0 * error, 0.0), slope) * duration_s
        for end, (slope, error) in slopes.items()
    }
    where = max(sure, key=lambda end: abs(sure[end]))
    if abs(sure[where]) < limit:
        return weights, noise, ()
    if len(slopes) == 2:
        (first, first_error), (second, second_error) = slopes.values()
        error = math.hypot(first_error, second_error)
        if (abs(first - second) - 3.0 * error) * duration_s < limit:
            precise = 1.0 / np.maximum([first_error, second_error], 1e-9) ** 2
            slope = float(np.average([first, second], weights=precise))
            note = f'a drift of the scale of {slope * duration_s:+.3f} N is removed'
            return weights - slope * stamps * 1e-9, noise, (note,)
    raise ShapeError(
        f'{name}: the scale drifts by {sure[where]:+.3f} N in the time of the pour (by its '
        f'rest {where} it), expected {limit:.3f} N at most: let it warm up, and shield it'
    )


def _still_samples(tilt: np.ndarray, rate_hz: float) -> int:
    """Return for how many samples the tilt stays as it is at first, 10 s at most."""
    moves = np.flatnonzero(np.abs(tilt - tilt[0]) > _STILL)
    still = int(moves[0]) if len(moves) else len(tilt)
    return min(still, round(_MAX_REST_S * rate_hz))


def _white_noise(weights: np.ndarray) -> float:
    """Return the standard deviation of noise, from differences of neighbours."""
    return float(np.median(np.abs(np.diff(weights)))) / (0.6745 * math.sqrt(2.0))


def _check_weights(name: str, weights: np.ndarray, initial: float) -> None:
    # The stream of a full cup presses harder than that of a pour to a target.
    fall, max_allowed_fall = max_fall(weights), max(CutterSettings().max_fall, _MAX_FALL * initial)
    if fall > max_allowed_fall:
        raise ShapeError(
            f'{name}: the poured weight falls by {fall:.2f} N in mid-pour, as no pour does: a '
            'wrench that turns with the cup, or something touched the scale?'
        )
    poured = float(np.median(weights[-5:]))
    if poured > _MAX_GAIN * initial:
        raise ShapeError(
            f'{name}: expected at most the {initial:.3f} N that were in the cup, received '
            f'{poured:.3f} N poured: is initial_weight that of the full cup, without the cup?'
        )


def block_means(values: np.ndarray, stride: int) -> np.ndarray:
    """Return a mean of `stride` values about every `stride`-th of `values`, ndarray of (n,)."""
    if stride == 1:
        return values
    kernel = np.ones(stride) / stride
    padded = np.pad(values, (stride // 2, stride - 1 - stride // 2), mode='edge')
    return np.convolve(padded, kernel, mode='valid')[::stride]
