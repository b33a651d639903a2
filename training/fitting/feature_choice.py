# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which features a network is trained on, as a user chooses them."""

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.schemas import Schema


def choose_features(choice: str, schema: Schema) -> tuple[str, ...]:
    """
    Return the names of the features to train on.

    Parameters
    ----------
    choice : str
        'online' (what a robot knows while it pours), 'paper' (the paper's nine), or names
        separated by commas.
    schema : Schema
        Layout of the recordings.

    Returns
    -------
    tuple of str

    """
    if choice == 'online':
        return schema.online_features
    if choice == 'paper':
        if not schema.paper_features:
            raise RecordingError(
                f"features: expected 'online' or names for schema {schema.name}, received "
                "'paper': the paper uses another schema (dim)"
            )
        return schema.paper_features
    names = tuple(name.strip() for name in choice.split(','))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise RecordingError(f'features: expected each once, received {repeated} repeatedly')
    allowed = {*schema.column_names, *schema.online_features} - {'f', 'theta_dot'}
    refused = [name for name in names if name not in allowed]
    if refused:
        raise RecordingError(
            f'features: expected some of {sorted(allowed)} for schema {schema.name}, '
            f'received {refused}'
        )
    return names
