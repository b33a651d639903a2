# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The numbers of Nosouhian et al. (2021), to be read beside one's own."""

TITLE = (
    'Nosouhian, Nosouhian, Kazemi Khoshouei: A review of recurrent neural network '
    'architecture for sequence learning: Comparison between LSTM and GRU (2021)'
)
"""The paper."""

PARAMETERS = {'multi_lstm': 29083, 'multi_gru': 29073, 'single_lstm': 28881, 'single_gru': 28831}
"""Its table 1: trainable parameters with nine features."""

ERRORS = {
    20: {
        'multi_lstm': (0.0028, 0.0010, 0.0014, 0.0329, 65),
        'multi_gru': (0.0024, 0.0012, 0.0013, 0.0222, 45),
        'single_lstm': (0.0047, 0.0020, 0.0019, 0.0310, 28),
        'single_gru': (0.0060, 0.0033, 0.0026, 0.0227, 18),
    },
    45: {
        'multi_lstm': (0.0013, 0.0012, 0.0021, 0.0411, 146),
        'multi_gru': (0.0014, 0.0009, 0.0010, 0.0007, 101),
        'single_lstm': (0.0006, 0.0009, 0.0027, 0.0343, 62),
        'single_gru': (0.0008, 0.0015, 0.0018, 0.0187, 41),
    },
}
"""Its tables 2 and 3 by epochs: MSE of train, validation, test 1, test 2 [lbf^2]; time [min]."""

CLAIMS = (
    ('GRU beats LSTM, several layers', 'multi_gru', 'multi_lstm'),
    ('GRU beats LSTM, one layer', 'single_gru', 'single_lstm'),
    ('several layers beat one, GRU', 'multi_gru', 'single_gru'),
    ('several layers beat one, LSTM', 'multi_lstm', 'single_lstm'),
)
"""What it concludes: the claim, the model that it calls better, and the other one."""
