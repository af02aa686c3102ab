# Two commands set everything up: `make demo` runs the sample company, `make test` the tests.
PYTHON ?= python3
BIN := .venv/bin
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS := 120

.PHONY: help demo test lint answers bench up clean
help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 8

.venv/installed: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kitline needs Python 3.11 or newer; set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Kitline and what it needs into .venv (about a minute, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt $$($(BIN)/python -c \
	  'import tomllib; print(" ".join(tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"]))')
	@touch $@

demo: .venv/installed ## run the sample company through eight weeks to a closed month
	@$(BIN)/python -m demo.run

test: .venv/installed-dev ## run all tests
	@$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

lint: .venv/installed-dev ## check style and import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

answers: .venv/installed ## write the answers of docs/scenarios anew; read the difference before you keep it
	@cd docs/scenarios && for file in *.json */*.json; do case $$file in answers/*) continue;; esac; \
	  ../../$(BIN)/kitline simulate --pretty $$file > answers/$$file || exit 1; done

bench: .venv/installed-dev ## measure speed and memory; ONLY=name runs a part
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

up: .venv/installed ## start a Prefect server on this machine with all deployments served
	@$(BIN)/python -m flows.serving

clean: ## remove what the demo and the tools wrote
	rm -rf demo-output kitline-data .pytest_cache .ruff_cache .hypothesis benchmarks/latest.json
