# The targets that people and CI use. Each is plain Go underneath; only Go is needed. A C compiler adds the race
# detector to the tests; Node.js, Chromium, Java and Python add tests, see scripts/test-setup.

GO ?= go
# How long make fuzz tries each fuzz target.
FUZZTIME ?= 10s
# A single package for make fuzz, as in PKG=./credentials.
PKG ?= ./...
# Further flags for go test, as in TESTFLAGS=-v.
TESTFLAGS ?=
# The race detector needs cgo, which Go turns off where there is no C compiler.
RACE ?= $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)
# A folder with Adobe's OpenAPI files of the Communications APIs, against which the tests hold client and emulator.
IMSX_OPENAPI_DIR ?= $(realpath $(wildcard ../shared/reference/openapi))
export IMSX_OPENAPI_DIR
VERSION ?= $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help
.PHONY: help demo test setup check lint fuzz bench cover build clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

demo: ## show the whole way from credentials to PDFs, on the embedded emulator; they are in build/demo
	@mkdir -p build
	@$(GO) run ./cmd/imsx demo --dir build/demo

# Its messages go to standard error: standard output is what go test prints.
setup: ## get ready what the tests want beyond Go, and say what is missing
	@scripts/test-setup >&2

test: setup ## vet and run all tests, with the race detector where there is a C compiler
	$(if $(RACE),,@echo 'no C compiler was found: the tests run without the race detector' >&2)
	$(GO) vet ./...
	$(GO) test $(RACE) -timeout 10m $(TESTFLAGS) ./...

check: lint test ## what a change must pass: lint, tests, tidy module files
	$(GO) mod tidy -diff
	$(GO) mod verify

lint: ## gofmt, go vet and staticcheck
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo 'not formatted:' >&2; echo "$$files" >&2; exit 1; fi
	$(GO) vet ./...
	@$(GO) run $(STATICCHECK) -version || { echo 'staticcheck cannot be had: $(STATICCHECK)' >&2; exit 1; }
	$(GO) run $(STATICCHECK) ./...

fuzz: ## fuzz each target for FUZZTIME (default 10s), in all packages or in PKG
	@GO='$(GO)' scripts/fuzz $(FUZZTIME) $(PKG)

bench: ## print what things cost, as ratios within one run
	@$(GO) run ./internal/bench

cover: setup ## write the tests' coverage to build/cover.out and build/cover.html
	@mkdir -p build
	$(GO) test -coverpkg ./... -coverprofile build/cover.out ./...
	$(GO) tool cover -html build/cover.out -o build/cover.html
	@$(GO) tool cover -func build/cover.out | tail -n 1

build: ## build ./build/imsx, without C, with which it would start more slowly
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o build/imsx ./cmd/imsx

clean: ## remove ./build
	rm -rf build
