# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The sections of a study's report; each adds itself to a document."""

from collections.abc import Iterator

from ..evaluation.physics import fitted_name
from ..report import Document
from . import paper, rankings, tables
from .baselines import MEAN, PHYSICS
from .data import OUTCOME, StudyData, TEST_1, TEST_2
from .figures import errors_figure, learning_curves
from .plan import ARCHITECTURE_QUESTION
from .results import Results
from .settings import StudySettings
from .significance import LEVEL, TEST
from .single_pours import add_figures
from .store import RunStore
from .text import after, LABELS, listing, NOTHING


def add_protocol(
    document: Document, data: StudyData, results: Results, settings: StudySettings
) -> None:
    """Add what was trained on what."""
    split = data.split
    document.heading('Data and protocol')
    items = [
        f'`{data.recordings.name}`, schema {data.schema.name}: {len(data.recordings)} pours; '
        f'{len(split.train)} for training, {len(split.validation)} for validation, '
        f'{len(split.test)} for test 1, split by whole pour with seed {settings.split_seed}.'
    ]
    if data.test_2:
        longest = [max(map(len, part.pours)) for part in (data.test_2, data.recordings)]
        items.append(
            f'Test 2 is `{data.test_2.name}`: {len(data.test_2)} pours of at most {longest[0]} '
            f'steps (the others have at most {longest[1]}). Shorter pours are padded with zeros, '
            'which are masked: they count in no loss and in no error.'
        )
    else:
        items.append('No test 2 was given.')
    items += [
        f'Inputs: {", ".join(f"`{name}`" for name in data.features(ARCHITECTURE_QUESTION))}; '
        'each standardized over the real steps of the training pours.',
        'Mean squared error, Adam with learning rate '
        f'{settings.learning_rate:g}, batches of {settings.batch_size} pours, dropout 0.2 between '
        f'recurrent layers; {after(listing(map(str, results.epochs)))}. The learning rate is '
        'constant, so that a longer run passes through what a shorter one ends with: one '
        'run gives all lengths. The weights are those of the last epoch, as in the paper.',
        f'{results.seeds} seeds. A seed decides weights, dropout and batches; the split is the '
        'same for all, so that the runs of different networks with the same seed are pairs.',
        'Errors are mean squared errors over real steps [lbf²], mean ± standard deviation over '
        'seeds, of finished networks without dropout. (The training error that the paper gives '
        'is the running mean that Keras prints, with dropout.)',
        'Time is that of one training run on the wall clock. Training runs at the same time share '
        'the cores, so that times compare only with others of this report.',
    ]
    document.bullets(items)


def add_tables(document: Document, data: StudyData, results: Results) -> None:
    """Add the paper's tables 1 to 3, and the change from the shortest to the longest training."""
    document.heading('Models')
    document.table(
        'Table 1. Layers and trainable parameters.',
        **tables.models_table(results.trained, len(data.features(ARCHITECTURE_QUESTION))),
    )
    document.heading('Errors')
    if any(epochs in paper.ERRORS for epochs in results.epochs):
        document.paragraph(
            "The paper's numbers stand below each model; they come from its own split of its own "
            'data, and from one training run each.'
        )
    for number, epochs in enumerate(results.epochs, start=2):
        document.table(
            f'Table {number}. Mean squared error [lbf²] after {after(epochs)}.',
            **tables.errors_table(results, epochs),
        )
    document.figure(
        'errors',
        errors_figure(results),
        'Mean squared error on test 1: a dot for each seed, a line for the mean; '
        'filled after '
        f'{after(results.longest)}' + (', open after fewer.' if len(results.epochs) > 1 else '.'),
        'Errors of all models on test 1',
    )
    document.bullets(_about_baselines(data, results))
    if len(results.epochs) > 1:
        document.heading(f'From {results.epochs[0]} to {after(results.longest)}', 3)
        document.table(
            f'Table {len(results.epochs) + 2}. Change of the error from {results.epochs[0]} to '
            f'{after(results.longest)}: geometric mean over seeds, and the probability p of such '
            'a change by chance, corrected column by column.',
            **tables.change_table(results),
        )


def add_ranking(document: Document, results: Results) -> None:
    """Add which network is best, and what became of the paper's conclusions."""
    document.heading('Ranking')
    document.paragraph(
        f'Differences are tested with {TEST}. A difference with p of {LEVEL} or more is '
        'called not significant: these runs do not tell the two apart. The seeds tell of the luck '
        'of a training run, not of that of the choice of pours.'
    )
    for epochs in results.epochs:
        document.table(
            f'Ranking on test 1 after {after(epochs)}.', **rankings.ranking_table(results, epochs)
        )
    claims = rankings.claims_table(results, results.longest)
    if claims['rows']:
        document.heading('What the paper concludes', 3)
        document.table(
            f"The paper's conclusions on test 1 after {after(results.longest)}; the ratio is the "
            'error, or the time, of the network that it calls worse to that of the other.',
            **claims,
        )


def add_single_pours(
    document: Document, results: Results, settings: StudySettings, store: RunStore
) -> None:
    """Add true and predicted weight of single pours."""
    if not any(map(results.typical, results.architectures)):
        return
    document.heading('Single pours')
    document.paragraph(
        'True and predicted weight, as in figures 5 to 13 of the paper: pours of test 1 after '
        f'{after(results.longest)}, with the seed whose validation error is the median. Where '
        'there are several of a network, they go from its best pour to its worst; a single one is '
        'its median.'
    )
    add_figures(document, results, settings, store)


def add_learning_curves(document: Document, results: Results) -> None:
    """Add the losses over the epochs."""
    document.heading('Learning curves')
    document.figure(
        'learning-curves',
        learning_curves(results),
        'Loss of each epoch, a line for each seed; the training loss is with dropout.',
        'Learning curves of all networks',
    )


def add_final_weight(document: Document, data: StudyData, results: Results) -> None:
    """Add what the final weight is worth."""
    document.heading('What the final weight is worth')
    with_outcome = OUTCOME in data.features(ARCHITECTURE_QUESTION)
    document.paragraph(
        f'`{OUTCOME}` is the outcome of a pour: a robot does not know it before the end. '
        + (
            'It is one of the inputs of all networks above; here the same training runs go '
            'without it.'
            if with_outcome
            else 'It is none of the inputs above; here the same training runs are given '
            'it too, as the '
            'weight that was left at the end of each recording.'
        )
    )
    for part in (TEST_1, *([TEST_2] if data.test_2 else [])):
        document.table(
            f'Error on {part} after {after(results.longest)}; the change is the geometric mean '
            'over seeds.',
            **rankings.final_weight_table(results, with_outcome, part),
        )


def add_cups(document: Document, data: StudyData, results: Results) -> None:
    """Add the errors on cups that a network never saw."""
    document.heading('Cups that were never seen')
    cups = data.cups()
    if not results.cups:
        document.paragraph(
            'Not answered: all pours are from one cup.' if len(cups) < 2 else 'Not asked.'
        )
        return
    grouped = all(name.startswith('group') for name in cups)
    document.paragraph(
        (
            'There are too many cups to leave out each: they were divided into '
            f'{len(cups)} groups, and all pours of one group at a time'
            if grouped
            else 'All pours of one cup at a time, named by height x diameter in mm,'
        )
        + ' were kept from training and validation, and are what the error is of. The physics '
        'knows the size of these cups alone, but on test 1 whatever was fitted to them.'
    )
    document.table(
        f'Mean squared error [lbf²] on the unseen cups after {after(results.longest)}.',
        **tables.cups_table(results, {name: len(pours) for name, pours in cups.items()}),
    )


def add_failures(document: Document, results: Results) -> None:
    """Add which runs gave no usable network."""
    document.heading('Runs that failed')
    failures = results.failures()
    if not failures:
        document.paragraph('None: no training run diverged, and no network died.')
        return
    document.paragraph(
        'These are in no table, mean or test above. A network is dead if it predicts the same at '
        'every step: a relu output that is below zero for all pours has no gradient and never '
        'comes back. A training run has diverged if its loss is NaN.'
    )
    document.table(
        'Runs without a usable network.',
        ['run', 'epochs', 'what happened', 'message'],
        [
            [f'`{run.key}`', str(epochs) if epochs else NOTHING, status, message]
            for run, epochs, status, message in failures
        ],
        align='lrll',
    )


def _about_baselines(data: StudyData, results: Results) -> Iterator[str]:
    """Return what there is to say of the baselines."""
    fitted = sum(fitted_name(pour.context) is not None for pour in data.recordings.pours)
    yield (
        f'{LABELS[MEAN]}: the mean response of the training pours at every step. '
        'MLP: dense layers that see one step alone, with as many parameters as the networks.'
    )
    physics = (
        "Physics: the simulator's outflow for the recorded tilt, with what is known of the cup."
    )
    if fitted:
        physics += (
            f' For {fitted} of {len(data.recordings)} pours that is a cup whose parameters were '
            '**fitted to recordings of this kind: its error is in-sample**, a bound and not a '
            'forecast.'
        )
    yield physics
    if not results.alive(ARCHITECTURE_QUESTION, PHYSICS, results.longest):
        yield 'The physics is not available here; see the runs that failed.'
