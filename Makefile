# berth: `make run` shows it, `make test` proves it. The targets are explained in CONTRIBUTING.md.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
UNITDIR ?= /lib/systemd/system
SWIFT ?= swift
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
BUILD := .build/release
PROGRAMS := berth berthd berth-runtime
SWIFT_MINIMUM := 6.2

# What the release programs are built with; every flag that matters to them stands here and in Package.swift.
RELEASE := -c release --static-swift-stdlib

# apt packages: what the build links to, what the demo shows, and what the tests use beside that.
BUILD_PACKAGES := libseccomp-dev libsqlite3-dev libisal-dev libzstd-dev libyaml-dev zlib1g-dev pkg-config
RUN_PACKAGES := busybox-static
TEST_PACKAGES := nftables iproute2 procps debootstrap python3 python3-venv

.PHONY: help
help:
	@echo 'make build      the release programs, in $(BUILD)'
	@echo 'make run        install what is needed, build, and watch containers run'
	@echo 'make test       install what is needed, build, and run all tests (as root: the kernel ones too)'
	@echo 'make test-root  only the tests that need root and a kernel of their own'
	@echo 'make test-api   only the Engine API and the clients on it'
	@echo 'make test-oci   only the OCI specs and the container runtime'
	@echo 'make test-v2    cgroup v2 in a QEMU guest (downloads a Debian kernel)'
	@echo 'make check      format, lint, build, test, linkage, size: before a commit'
	@echo 'make bench      times and memory beside dockerd, crun and runc'
	@echo 'make stress     a quarter of an hour of leaks, races and crashes looked for'
	@echo 'make fuzz       ten minutes of libFuzzer for each parser of strangers'"'"' input'
	@echo 'make install    programs and systemd units, below PREFIX=$(PREFIX)'

.PHONY: deps
deps: swift-version
	@scripts/apt-packages $(BUILD_PACKAGES) $(RUN_PACKAGES)

.PHONY: test-deps
test-deps: deps
	@scripts/apt-packages $(TEST_PACKAGES)
	@scripts/test-python || true

.PHONY: swift-version
swift-version:
	@scripts/swift-version $(SWIFT_MINIMUM)

.PHONY: build
build: swift-version
	for program in $(PROGRAMS); do $(SWIFT) build $(RELEASE) --product $$program || exit 1; done
	@ls -l $(addprefix $(BUILD)/,$(PROGRAMS))

.PHONY: run
run: deps build
	@$(SUDO) scripts/demo $(BUILD)

# The kernel tests run apart from the others: they count what is left in the kernel.
.PHONY: test
test: test-deps test-build
	scripts/run-tests --no-parallel --skip Privileged
	scripts/run-tests --no-parallel --filter Privileged

.PHONY: test-build
test-build: swift-version
	$(SWIFT) build --build-tests
	$(SWIFT) build $(RELEASE) --product berth-runtime

.PHONY: test-root
test-root: test-deps test-build
	scripts/run-tests --filter 'Privileged|ContainerRuntimeTests|CgroupsTests|NetworkingTests|SeccompTests'

.PHONY: test-api
test-api: test-deps test-build
	scripts/run-tests --filter 'APIServerTests|DockerAPITests|BerthCLITests|EngineTests|TranscriptTests'

.PHONY: test-oci
test-oci: test-deps test-build
	scripts/run-tests --filter 'OCITests|ContainerRuntimeTests|SeccompTests|CgroupsTests'

# cgroup v2 alone, in a QEMU guest: the program's own tests, and the groups' Swift tests.
.PHONY: test-v2
test-v2: deps
	$(SWIFT) build $(RELEASE) --product berth-runtime
	$(SWIFT) build --build-tests
	scripts/test-v2 $(BUILD)/berth-runtime "$$(ls .build/debug/*.xctest 2>/dev/null | head -1)"

.PHONY: fmt
fmt:
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

.PHONY: lint
lint:
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

.PHONY: linkage
linkage:
	@scripts/linkage $(BUILD)

.PHONY: size
size:
	@ls -l $(addprefix $(BUILD)/,$(PROGRAMS)) | awk '{ printf "%-24s %6.1f MB\n", $$NF, $$5 / 1e6 }'

.PHONY: check
check: lint build test linkage size

.PHONY: bench
bench: deps build
	@scripts/apt-packages python3
	$(SUDO) python3 bench/bench.py --programs $(BUILD) --out bench/results.json

# Writes the newest results into README.md.
.PHONY: bench-readme
bench-readme:
	python3 bench/readme.py bench/results.json README.md

# Long runs that look for leaks, races and lost records; each prints its seed.
.PHONY: stress
stress: deps build
	@scripts/apt-packages python3 nftables
	$(SUDO) scripts/stress churn
	$(SUDO) scripts/stress clients
	$(SUDO) scripts/stress kill
	$(SUDO) scripts/stress bodies

# Ten minutes of libFuzzer for each parser that reads what strangers wrote.
.PHONY: fuzz
fuzz: deps
	for parser in tar manifest reference json; do scripts/fuzz $$parser || exit 1; done

.PHONY: install
install:
	@test -x $(BUILD)/berthd || { echo 'make install: run "make build" first' >&2; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(UNITDIR)
	install -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	for unit in berth.service berth.socket; do \
	    sed 's|@PREFIX@|$(PREFIX)|g' packaging/$$unit.in >$(DESTDIR)$(UNITDIR)/$$unit; \
	    chmod 644 $(DESTDIR)$(UNITDIR)/$$unit; \
	done
	@echo 'installed; next: systemctl daemon-reload && systemctl enable --now berth.socket'

.PHONY: uninstall
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(PROGRAMS))
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,berth.service berth.socket)

.PHONY: clean
clean:
	rm -rf .build
