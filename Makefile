# Development and local running; `make` alone lists what there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin/python
PIP := $(PYTHON) -m pip --python $(BIN) --disable-pip-version-check
INSTALL := $(PIP) install --quiet --no-deps --only-binary :all: --require-hashes --root-user-action ignore
INSTALL_RIVALS := $(subst .venv/,.venv-bench/,$(INSTALL))
SDKS := current earlier oldest first module litellm moto
EXPORT := .tools/bin/uv export --quiet --extra embedded --no-emit-project --no-header

PROOFS := $(wildcard tests/proof/test_*.py)
# What changes the demo's world for all others comes last.
WILD := tests/proof/test_wild_input_demo.py
ON_DEMO := $(filter-out $(WILD),$(filter %_in_browser.py %_examples.py %_demo.py,$(PROOFS))) $(WILD)
# Those that count seconds have the machine to themselves.
ALONE := $(patsubst %,tests/proof/test_%.py,broker_kills crowd full_disk many_strangers slow_receivers supervisor two_hosts vote_load web_kills)
# Those that mostly wait for others follow where one of the first two is done.
WORKERS := $(patsubst %,tests/proof/test_%.py,adapters_against_simulator budget_races cutting_proxy generation_crashes job_kills largest_images money_crashes two_workers)
# Long ones that would else be the last to end.
LONG := $(patsubst %,tests/proof/test_%.py,live_export moving_a_site)
PROVE := $(BIN) -m pytest -q -rs --durations=8 --durations-min=20
AND_GO_ON = $(MAKE) --silent --no-print-directory --keep-going

.PHONY: proof-together proof-alone proof-on-demo proof-beside proof-workers proof-moves help demo run test check proof proof-long bench honesty rigging screenshots sbom audit fmt lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20
	@echo "  PORT (8000) and LUMENBOARD_DATA_DIR (./var) are read from the environment"

demo: .venv/.runtime ## serve everything with the demo world, until Ctrl-C
	@$(BIN) manage.py demo --with-parent

run: .venv/.runtime ## serve everything without the demo world, until Ctrl-C
	@$(BIN) manage.py run --with-parent

test: .venv/.dev ## the tests, on a PostgreSQL of their own
	@$(BIN) -m pytest -n 2 -q --ignore=tests/proof

check: .venv/.dev ## format, lint, types, architecture, migrations, settings
	@$(BIN) -m ruff format --check .
	@$(BIN) -m ruff check .
	@$(BIN) -m mypy
	@$(BIN) -m pytest -q tests/architecture
	@$(BIN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(BIN) manage.py check

proof: .venv/.dev $(SDKS:%=.venv-sdks/%/.ready) .venv-sdks/s3/.ready .venv-sdks/node/.ready .venv-bench/.ready ## browser, life cycle and other slow tests
	@$(AND_GO_ON) proof-together proof-alone

proof-long: .venv/.dev ## the long forms of proofs, with all their numbers (hours)
	@PROOF_MINUTES=$${PROOF_MINUTES:-60} $(PROVE) -s tests/proof/test_crowd.py
	@STORM_ROUNDS=200 DRIP_SECONDS=70 $(PROVE) -s tests/proof/test_many_strangers.py
	@DEAD_SECONDS=3600 $(PROVE) -s tests/proof/test_slow_receivers.py
	@FUZZ_CASES=50000 $(PROVE) -s $(WILD)
	@LIVE_EXPORTS=10 $(PROVE) -s tests/proof/test_live_export.py
	@PAID_FAULTS=2000 $(PROVE) -s tests/gateway/test_paid_pictures.py -k seeded --show-capture=no
	@CHARGE_SEEDS=2000 $(PROVE) -s tests/gateway/test_seeded_charges.py
	@JOB_SECONDS=600 CUT_SECONDS=100 $(PROVE) -s tests/proof/test_cutting_proxy.py
	@MONEY_KILLS=100 $(PROVE) -s tests/proof/test_money_crashes.py tests/proof/test_budget_races.py
	@KILL_SECONDS=60 FULL_SECONDS=180 $(PROVE) -s tests/proof/test_broker_kills.py tests/proof/test_full_disk.py

proof-together:
	@$(AND_GO_ON) --jobs=2 --output-sync=target proof-on-demo proof-beside proof-workers proof-moves

proof-alone:
	@$(PROVE) $(ALONE)

proof-on-demo:
	@$(PROVE) $(ON_DEMO)

proof-beside:
	@$(PROVE) $(filter-out $(ON_DEMO) $(ALONE) $(WORKERS) $(LONG),$(PROOFS))

proof-workers:
	@$(PROVE) $(WORKERS)

proof-moves:
	@$(PROVE) $(LONG)

bench: .venv/.runtime ## figures as ratios in one run, other engines beside (ten minutes)
	@$(MAKE) -s --no-print-directory .venv-bench/.ready || echo "the other engines could not be installed"
	@$(BIN) -m bench $(BENCH)
	@$(MAKE) -s --no-print-directory .venv-litellm/.ready || echo "the LiteLLM proxy could not be installed"
	@$(MAKE) -s --no-print-directory .venv-before/.ready || echo "what the earlier commit needs could not be installed"
	@$(BIN) -m bench.gateway $(GATEWAY)

honesty: .venv/.runtime ## intervals, rank sets and verdicts against simulated truth (twenty minutes)
	@OPENBLAS_NUM_THREADS=1 $(BIN) -m bench.honesty $(HONESTY)

rigging: .venv/.runtime ## rings of voters against caps, bounds and tests, 200 seeds (twenty minutes)
	@OPENBLAS_NUM_THREADS=1 $(BIN) -m bench.influence $(RIGGING)
	@OPENBLAS_NUM_THREADS=1 $(BIN) -m bench.rigging $(RIGGING)

screenshots: .venv/.dev ## the pictures of docs/screenshots anew, from a demo of its own
	@mkdir -p docs/screenshots
	@SCREENSHOTS=docs/screenshots $(BIN) -m pytest -q $(addprefix tests/proof/test_,pages_in_browser.py ops_in_browser.py generation_in_browser.py voting_in_browser.py)

sbom: .tools/cyclonedx/.ready ## what the site is made of, as CycloneDX, in sbom.cdx.json
	@PYTHONPATH=.tools/cyclonedx $(PYTHON) -W ignore::UserWarning -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --of JSON -o sbom.cdx.json requirements.txt
	@echo "sbom.cdx.json"

audit: .tools/pip-audit/.ready ## known vulnerabilities of what requirements.txt pins; needs PyPI's or OSV's service
	@PYTHONPATH=.tools/pip-audit $(PYTHON) -m pip_audit --strict --disable-pip --require-hashes --vulnerability-service $${AUDIT:-pypi} -r requirements.txt

fmt: .venv/.dev ## rewrite the code in its one format
	@$(BIN) -m ruff format .
	@$(BIN) -m ruff check --fix .

lock: .tools/bin/uv ## pin what pyproject.toml asks for (maintainers)
	.tools/bin/uv lock
	$(EXPORT) --no-dev -o requirements.txt
	$(EXPORT) -o requirements-dev.txt
	.tools/bin/uv export --quiet --only-group s3 --no-emit-project --no-header \
		$(patsubst %,--no-emit-package %,django asgiref sqlparse) -o requirements-s3.txt
	.tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links bench/rivals/requirements.in -o bench/rivals/requirements.txt
	.tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links bench/rivals/litellm.in -o bench/rivals/litellm.txt
	for set in $(SDKS); do .tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links tests/proof/sdks/$$set.in -o tests/proof/sdks/$$set.txt || exit 1; done
	@! grep -n '://' requirements.txt requirements-dev.txt requirements-s3.txt bench/rivals/requirements.txt bench/rivals/litellm.txt $(SDKS:%=tests/proof/sdks/%.txt)

# A venv without pip of its own, filled by the system's pip: a bare Debian can do no more.
.venv/.python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d; set PYTHON=python3.x" % v)'
	@$(PYTHON) -m pip --version >/dev/null || { echo "pip is needed: apt-get install python3-pip"; exit 1; }
	@$(PYTHON) -m venv --without-pip .venv
	@touch $@

.venv/.runtime: requirements.txt | .venv/.python
	@echo "installing what requirements.txt pins into .venv (about half a minute)"
	@$(INSTALL) -r requirements.txt
	@touch $@

# Holds everything requirements.txt holds, in the same versions.
.venv/.dev: requirements-dev.txt requirements.txt | .venv/.python
	@echo "installing what requirements-dev.txt pins into .venv (about a minute)"
	@$(INSTALL) -r requirements-dev.txt
	@touch .venv/.runtime $@

# Apart from ours: an engine of them wants another numpy.
.venv-bench/.ready: bench/rivals/requirements.txt | .venv/.python
	@echo "installing arena-rank and evalica into .venv-bench (about a minute)"
	@rm -f $@
	@$(PYTHON) -m venv --without-pip .venv-bench
	@$(INSTALL_RIVALS) -r $<
	@touch $@

# Hundreds of packages in versions of its own.
.venv-litellm/.ready: bench/rivals/litellm.txt | .venv/.python
	@echo "installing the LiteLLM proxy into .venv-litellm (about two minutes)"
	@rm -f $@
	@$(PYTHON) -m venv --without-pip .venv-litellm
	@$(subst .venv/,.venv-litellm/,$(INSTALL)) -r $<
	@touch $@

# What the commit pinned that the gateway is measured beside; without history there is none.
.venv-before/.ready: bench/gateway/earlier.py | .venv/.python
	@echo "installing what an earlier commit pinned into .venv-before (about half a minute)"
	@rm -f $@
	@$(PYTHON) -m venv --without-pip .venv-before
	@git show $$(sed -n 's/^BEFORE: Final = "\(.*\)"/\1/p' $<):requirements.txt > .venv-before/requirements.txt
	@$(subst .venv/,.venv-before/,$(INSTALL)) -r .venv-before/requirements.txt
	@touch $@

# Folders, not environments: versions that exclude each other stand side by side, and nothing of ours is seen from there.
.venv-sdks/%/.ready: tests/proof/sdks/%.txt | .venv/.python
	@echo "installing the providers' own SDKs, $*"
	@rm -rf $(@D)
	@$(INSTALL) --no-compile --target $(@D) -r $<
	@touch $@

# What images in a bucket need besides.
.venv-sdks/s3/.ready: requirements-s3.txt | .venv/.python
	@rm -rf $(@D)
	@$(INSTALL) --no-compile --target $(@D) -r $<
	@touch $@

# OpenAI's SDK for JavaScript; without npm the examples in that language are not run.
.venv-sdks/node/.ready: tests/proof/sdks/node/package-lock.json | .venv/.python
	@rm -rf $(@D) && mkdir -p $(@D) && cp $(<D)/package.json $< $(@D)
	@if command -v npm >/dev/null; then cd $(@D) && npm ci --silent --no-audit --no-fund; else echo "npm is not there"; fi
	@touch $@

.tools/bin/uv:
	$(PYTHON) -m pip install --quiet --target .tools uv

# Tools of maintainers, no part of the site: unpinned, in folders of their own.
.tools/cyclonedx/.ready:
	$(PYTHON) -m pip install --quiet --root-user-action ignore --target $(@D) cyclonedx-bom
	@touch $@

.tools/pip-audit/.ready:
	$(PYTHON) -m pip install --quiet --root-user-action ignore --target $(@D) pip-audit
	@touch $@
