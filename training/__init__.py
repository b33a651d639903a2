"""Train, export and evaluate the networks of `pour_force_estimator`, on a workstation."""
