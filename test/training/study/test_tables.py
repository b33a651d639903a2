# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the tables and answers of training.study with results made by hand."""

import math

from small_study import make_results, outcome

from training.report import Document
from training.study import rankings, sections, tables
from training.study.record import Outcome
from training.study.results import Results
from training.study.text import change, duration, listing, spread

DEAD, DIVERGED = Outcome('dead', 3.0), Outcome('diverged')


def column(table, name):
    """Return a column of a table by the first cell of its rows, without what the paper says."""
    place = table['header'].index(name)
    return {row[0]: row[place] for row in table['rows'] if row[0] != 'in the paper'}


def test_small_texts():
    assert spread([]) == '–' and spread([0.5]) == '0.50000'
    assert spread([1.0, 2.0, 3.0]) == '2.00000 ± 1.00000'
    assert spread([1.0, 3.0], 1, of=5) == '2.0 ± 1.4 (2 of 5)'
    assert duration([30.0, 32.0]) == '31.0 ± 1.4 s' and duration([180.0]) == '3.0 min'
    assert duration([]) == '–'
    assert change(0.5) == '−50 %' and change(1.5) == '+50 %' and change(math.nan) == '–'
    assert listing(['a']) == 'a' and listing('abc') == 'a, b and c'


def test_layers_and_parameters():
    dense = 'dropout 0.2 between; dense 64, 29 (relu); dense 1 (relu)'
    rows = tables.models_table(['multi_lstm', 'single_gru', 'mlp'], 9)['rows']
    assert [row[2:] for row in rows] == [['29083'] * 2, ['28831'] * 2, ['28865', '–']]
    lstm, gru = f'LSTM 55, 27, 16; {dense}', 'GRU 93; dense 1 (linear)'
    assert [row[1] for row in rows[:2]] == [lstm, gru]
    table = tables.models_table(['single_gru'], 6)  # and with other inputs
    assert table['header'][2:] == ['parameters, 6 inputs', 'parameters, 9 inputs', 'in the paper']
    assert table['rows'][0][2:] == ['27994', '28831', '28831']


def test_the_paper_stands_below_each_model():
    errors = {'multi_gru': [(0.002, 0.001), (0.004, 0.003)], 'mean': [(0.07, 0.07)]}
    table = tables.errors_table(make_results(errors, (20, 45)), 20)
    assert table['header'] == ['model', 'train', 'validation', 'test 1', 'test 2', 'time']
    assert table['rows'][0] == ['Multi GRU', *['0.00300 ± 0.00141'] * 4, '1.0 ± 0.0 s']
    assert table['rows'][1] == ['in the paper', '0.0024', '0.0012', '0.0013', '0.0222', '45 min']
    assert column(table, 'test 1')['Mean'] == '0.07000'
    assert column(table, 'time')['Mean'] == '–'


def test_failed_runs_do_not_spoil_the_tables():
    gru = [(0.002, 0.001), (0.003, DEAD), (0.004, DIVERGED)]
    results = make_results({'multi_gru': gru, 'single_gru': [(DIVERGED, DIVERGED)] * 3})
    assert column(tables.errors_table(results, 1), 'test 1')['Multi GRU'] == '0.00300 ± 0.00100'
    none = dict.fromkeys(['Single GRU', 'Physics', 'Mean'], '–')
    after_2 = column(tables.errors_table(results, 2), 'test 1')
    assert after_2 == {'Multi GRU': '0.00100 (1 of 3)', **none}
    assert rankings.rank(results, 2)[0] == ['multi_gru']
    document = Document('study')
    sections.add_failures(document, results)
    _, _, *rows = (line for line in document.markdown.splitlines() if line.startswith('| '))
    dead, diverged, *others = (list(map(str.strip, row.split('|')[1:4])) for row in rows)
    assert dead == ['`architectures-multi_gru-seed1`', '2', 'dead']
    assert diverged == ['`architectures-multi_gru-seed2`', '2', 'diverged'] and len(others) == 6


def test_nothing_is_best_if_nothing_is_alive():
    results = make_results({'multi_gru': [(DEAD, DEAD)], 'mlp': [(0.1, 0.1)]})
    assert results.best() is None
    assert results.typical('multi_gru') is None
    assert rankings.ranking_table(results, 2)['rows'][0][1] == 'MLP, no memory'


def test_the_dead_are_never_best():
    """Even with an error that were the smallest; and the MLP is a baseline, no candidate."""
    dead = Outcome('dead', 1.0, outcome(0.0001).errors)
    gru = {'multi_gru': [(dead, dead), (0.003, 0.002)], 'single_gru': [(0.004, 0.0015)]}
    run, epochs = make_results({**gru, 'mlp': [(0.0001, 0.0001)]}).best()
    assert (run.model, run.seed, epochs) == ('single_gru', 0, 2)


def test_the_best_may_be_a_shorter_training_and_the_typical_seed_is_the_median_of_the_longest():
    results = make_results({'multi_gru': [(0.5, 0.9), (0.4, 0.7), (0.6, 0.8), (0.1, DEAD)]})
    (run, epochs), typical = results.best(), results.typical('multi_gru')
    assert (run.seed, epochs, typical.seed) == (3, 1, 2)


def results_of(question='architectures', **errors):
    """Return results from the errors after the last epoch, by seed."""
    by_model = {model: [(0.0, error) for error in seeds] for model, seeds in errors.items()}
    return make_results(by_model, question=question)


def test_ranking():
    results = results_of(
        multi_lstm=(0.0040, 0.0042, 0.0039, 0.0041),
        multi_gru=(0.0020, 0.0021, 0.0019, 0.0022),
        single_gru=(0.0019, 0.0024, 0.0018, 0.0024),
    )
    rows = rankings.ranking_table(results, 2)['rows']
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ('1', 'Multi GRU', '–'),
        ('2', 'Single GRU', 'not significant'),
        ('3', 'Multi LSTM', 'significant'),
    ]
    assert rows[2][3] == '1.98'


def test_the_conclusions_of_the_paper():
    results = results_of(
        multi_lstm=(0.0010, 0.0011, 0.0009, 0.0010),
        multi_gru=(0.0020, 0.0021, 0.0019, 0.0022),
        single_gru=(0.0060, 0.0063, 0.0058, 0.0064),
    )
    table = rankings.claims_table(results, 2)
    assert column(table, 'here') == {
        'GRU beats LSTM, several layers': '**the reverse**, significant',
        'several layers beat one, GRU': 'confirmed',
        'GRU trains faster, multi': 'not significant',
    }
    assert column(table, 'ratio')['several layers beat one, GRU'] == '2.99'


def test_change_with_the_length_of_training():
    errors = [(0.004, 0.002), (0.006, 0.003), (0.0061, 0.0031)]
    table = tables.change_table(make_results({'multi_gru': errors}, (20, 45)))
    assert table['rows'][0][3].startswith('−50 % (p ')
    assert table['rows'][1] == ['in the paper', '−42 %', '−25 %', '−23 %', '−97 %']


def test_what_the_final_weight_is_worth():
    with_f_final = results_of(multi_gru=(0.002, 0.0021, 0.0019))
    without_f_final = results_of('f_final', multi_gru=(0.004, 0.0041, 0.0039))
    results = Results({**with_f_final.records, **without_f_final.records}, (1, 2))
    assert results.asks_final_weight and not with_f_final.asks_final_weight
    with_it, without = (
        rankings.final_weight_table(results, outcome)['rows'][0] for outcome in (True, False)
    )
    assert with_it[:4] == ['Multi GRU', '0.00400 ± 0.00010', '0.00200 ± 0.00010', '−50 %']
    assert without[:4] == ['Multi GRU', '0.00200 ± 0.00010', '0.00400 ± 0.00010', '+100 %']
    assert with_it[5] == 'significant'
