# The commands of the README. Everything is installed into .venv, nothing on the system.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# The nodes of demo and tests stay on this machine.
export ROS_AUTOMATIC_DISCOVERY_RANGE := LOCALHOST

.PHONY: demo test bench setup-training lint clean

# Simulated pours, or recorded ones with DATA=pours.npy; another model with MODEL=model.onnx; a bag
# of them with BAG=folder.
demo: $(VENV)/.runtime
	@$(BIN)/python -m pour_force_estimator.ros.demo $(if $(DATA),--data '$(DATA)') \
		$(if $(MODEL),--model '$(MODEL)') $(if $(BAG),--bag '$(BAG)')

# Those with nodes of ROS come alone, since they would disturb each other.
test: $(VENV)/.test
	@$(BIN)/python -m pytest -n auto --dist loadfile --ignore test/integration
	@$(BIN)/python -m pytest test/integration

# Speed, beside what bounds it; see docs/performance.md.
bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks

# For python -m training.train and the other commands of training/.
setup-training: $(VENV)/.training

lint: $(VENV)/.test
	@$(BIN)/ruff check .

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
