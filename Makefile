# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
# The commands of the README. Everything is installed into .venv, nothing on the system.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# The nodes of demo and tests stay on this machine.
export ROS_AUTOMATIC_DISCOVERY_RANGE := LOCALHOST

.PHONY: demo test bench setup-training lint docs clean

# Simulated pours, or recorded ones with DATA=pours.npy; another model with MODEL=model.onnx; a bag
# of them with BAG=folder.
demo: $(VENV)/.runtime
	@$(BIN)/python -m pour_force_estimator.ros.demo $(if $(DATA),--data '$(DATA)') \
		$(if $(MODEL),--model '$(MODEL)') $(if $(BAG),--bag '$(BAG)')

# Those with nodes of ROS come afterwards, two at a time, each in a DDS domain of its own: they wait
# for most of their time. They run whatever else fails.
test: $(VENV)/.test
	@failed=0; \
	$(BIN)/python -m pytest -n auto --dist loadfile --ignore test/integration || failed=1; \
	$(BIN)/python -m pytest -n 2 --dist loadfile test/integration || failed=1; \
	exit $$failed

# Speed, beside what bounds it; see docs/performance.md.
bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks

# For python -m training.train and the other commands of training/.
setup-training: $(VENV)/.training

# All checks, even if one fails.
lint: $(VENV)/.test
	@failed=0; \
	.ci/spdx.py --check || failed=1; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	$(BIN)/mypy || failed=1; \
	exit $$failed

# The reference of all modules, into build/docs.
docs: $(VENV)/.docs
	@$(BIN)/pdoc --docformat numpy --output-directory build/docs pour_force_estimator training \
		'!training.networks.backend'
	@echo 'wrote build/docs/index.html'

$(VENV)/.docs: $(VENV)/.test
	@$(PIP) -e '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) build install log *.egg-info demo_output

$(BIN)/python:
	@echo 'creating $(VENV)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: setup.py constraints.txt | $(BIN)/python
	@echo 'installing the runtime (ROS 2 wheels, ONNX Runtime) into $(VENV)'
	@$(PIP) -e '.[demo,ros]'
	@touch $@

$(VENV)/.training: setup.py constraints.txt | $(BIN)/python
	@echo 'installing the runtime and TensorFlow into $(VENV)'
	@$(PIP) -e '.[demo,ros,training]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.test: setup.py constraints.txt | $(BIN)/python
	@echo 'installing the runtime, TensorFlow and the test tools into $(VENV)'
	@$(PIP) -e '.[demo,ros,training,test]'
	@touch $@ $(VENV)/.runtime $(VENV)/.training
