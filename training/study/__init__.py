"""The four networks over several seeds, beside baselines: ``python -m training.study``."""
