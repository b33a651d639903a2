"""Train, export and evaluate the networks of `pour_force_estimator`, on a workstation."""

import os

# TensorFlow writes pages about drivers and instruction sets at import; a user who wants them can
# set the variable.
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
