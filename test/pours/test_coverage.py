# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.coverage."""

import itertools

from pour_force_estimator.pours.coverage import missing_variety, PourFacts


def varied(count=20):
    """Return pours that cycle through all bands of fill, speed and part."""
    kinds = itertools.cycle(itertools.product((0.2, 0.5, 0.8), (0.2, 0.45, 0.7), (0.1, 0.4, 0.6)))
    return [
        PourFacts(part * fill * 10.0, speed, fill * 10.0, 10.0)
        for fill, speed, part in itertools.islice(kinds, 0, 5 * count, 5)
    ]


def test_a_varied_set_lacks_nothing():
    assert missing_variety(varied()) == []


def test_no_pours_lack_pours_and_speeds():
    missing = missing_variety([])
    assert missing[0] == '20 more pours (of 20)'
    assert '4 more slow tilts (below 17 degree/s; 0 of 4)' in missing
    assert '4 more fast tilts (above 34 degree/s; 0 of 4)' in missing


def test_one_speed_or_fill_lacks_the_others():
    one_speed = [PourFacts(pour.poured, 0.45, pour.initial_weight, 10.0) for pour in varied()]
    assert missing_variety(one_speed) == [
        '4 more slow tilts (below 17 degree/s; 0 of 4)',
        '4 more fast tilts (above 34 degree/s; 0 of 4)',
    ]
    one_fill = [PourFacts(0.5 * pour.part * 10.0, pour.tilt_speed, 5.0, 10.0) for pour in varied()]
    assert missing_variety(one_fill) == [
        '4 more low fill levels (below 35 %; 0 of 4)',
        '4 more high fill levels (above 60 %; 0 of 4)',
    ]


def test_what_is_not_known_is_said():
    missing = missing_variety([PourFacts(1.0, 0.4), PourFacts(1.0, 0.4, 5.0, 10.0)])
    assert 'the fill levels of 1 pour(s): initial weight or the size of the cup not set' in missing
    assert 'the parts poured of 1 pour(s): initial weight not set' in missing


def test_fill_and_part_by_hand():
    facts = PourFacts(1.0, 0.4, 4.0, 16.0)
    assert (facts.fill, facts.part) == (0.25, 0.25)
    assert PourFacts(1.0, 0.4, 4.0).fill is None and PourFacts(1.0, 0.4).part is None
