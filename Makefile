# Everything a person does here. `make` alone says what there is.
SHELL := /bin/bash
CONFIGURATION ?= Release
PREFIX ?= /usr/local
DOTNET_CLI_TELEMETRY_OPTOUT := 1
DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_NOLOGO

.PHONY: help setup build publish install test unit kernel e2e demo up bench fmt abi clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Debian packages that building and testing need (as root)
	@eng/setup.sh

build: setup ## everything, warnings are errors
	dotnet build Weft.slnx -c $(CONFIGURATION) --nologo -v quiet

publish: setup ## weftd and weft as they are installed, in artifacts/publish
	dotnet publish apps/weftd -c Release --nologo -v quiet
	dotnet publish apps/weft -c Release --nologo -v quiet

install: publish ## to /usr/local and /etc/systemd/system; DESTDIR and PREFIX are honoured
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/weft $(DESTDIR)/etc/systemd/system
	cp -r artifacts/publish/weftd/release/. $(DESTDIR)$(PREFIX)/lib/weft/
	ln -sf ../lib/weft/weftd $(DESTDIR)$(PREFIX)/bin/weftd
	install -m 755 artifacts/publish/weft/release/weft $(DESTDIR)$(PREFIX)/bin/weft
	install -m 644 eng/systemd/*.service $(DESTDIR)/etc/systemd/system/

test: build publish ## all tests: no root, root and a kernel, real Docker
	eng/test.sh Weft.Tests Weft.Kernel.Tests Weft.E2E.Tests

unit: build ## the tests that need nothing
	eng/test.sh Weft.Tests

kernel: build ## the tests that need root and a kernel
	eng/test.sh Weft.Kernel.Tests

e2e: build publish ## the tests that need Docker
	eng/test.sh Weft.E2E.Tests

demo: publish ## three hosts on this machine, shown; KEEP=1 leaves them running
	eng/demo.sh

up: publish ## Weft on this host, for its own Docker
	eng/up.sh

bench: publish ## side-by-side figures, as a table and as JSON in bench/results
	bench/run.sh

abi: setup ## generate the C# side of bpf/lib/abi.h
	eng/abi.sh

fmt: ## format C# and C
	dotnet format Weft.slnx --no-restore
	clang-format-19 -i bpf/*.c bpf/lib/*.h

clean:
	rm -rf artifacts
