# `ENV` is also a variable that shells know, so only the command line sets it: make preview ENV=prod
ENV := dev
ifdef env
$(error write ENV=$(env))
endif
BIN := .venv/bin
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup preview test generated lint types lock clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 16

preview: setup  ## Preview every stack of an environment, offline: make preview [ENV=dev]
	@$(BIN)/platform preview --env $(ENV)

test: setup  ## Run the test suite: make test [ARGS="-k bucket"]
	@$(BIN)/python -m pytest -n auto $(ARGS)

generated: setup  ## Rewrite what is generated from the code: tests/golden and files in docs
	@$(BIN)/python -W ignore -m tests.generated

lint: setup  ## Check style, formatting and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: setup  ## Check types
	@$(BIN)/mypy benchmarks examples platform_components policies scripts stacks tests

lock: setup  ## Resolve requirements.lock anew within pyproject.toml's bounds: make lock [ARGS=--upgrade]
	@scripts/lock $(ARGS)

setup: .venv/.ready  ## Install everything into .venv; the other targets do it themselves

.venv/.ready: pyproject.toml requirements.lock requirements/bootstrap.txt scripts/setup
	@echo "setting up .venv ..."
	@scripts/setup
	@touch $@

clean:  ## Remove .venv, build output and caches
	@rm -rf .venv .cache dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
