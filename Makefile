# Every target is listed by `make help`. Tools are pinned below, built into .tmp/bin when first needed.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN     := .tmp/bin
MODULES := ./proto/... ./pkg/... ./services/...
FUZZTIME ?= 30s

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

BUF           := $(BIN)/buf-1.75.0
PROTOC_GEN_GO := $(BIN)/protoc-gen-go-1.36.12
GOLANGCI_LINT := $(BIN)/golangci-lint-2.15.0
VERSITYGW     := $(BIN)/versitygw-1.8.0
AXE           := .tmp/axe-core-4.14.1/axe.min.js

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the binary bin/backmon
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/backmon ./services/cmd/backmon

.PHONY: run
run: build ## Run everything on a demonstration disk, or with CONFIG=path on your own
	@deploy/demo/run $(if $(CONFIG),--config '$(CONFIG)')

##@ Work

.PHONY: test
test: $(VERSITYGW) $(AXE) ## Run all tests with the race detector
	go test -race -timeout 15m $(MODULES)

.PHONY: tools-debian
tools-debian: ## Install what tests run of others, on Debian: promtool, Alertmanager, Chromium
	@.ci/tools-debian

.PHONY: lint
lint: $(GOLANGCI_LINT) $(BUF) ## Lint Go code and the event contract
	$(BUF) lint
	for module in proto pkg services; do (cd $$module && ../$(GOLANGCI_LINT) run --config ../.golangci.yml ./...); done

.PHONY: format
format: $(GOLANGCI_LINT) $(BUF) ## Format Go code and the event contract
	$(BUF) format -w
	for module in pkg services; do (cd $$module && ../$(GOLANGCI_LINT) fmt --config ../.golangci.yml ./...); done

.PHONY: generate
generate: $(BUF) $(PROTOC_GEN_GO) ## Generate the contract's Go code
	ln -sf protoc-gen-go-1.36.12 $(BIN)/protoc-gen-go
	$(BUF) generate --template proto/buf.gen.yaml

.PHONY: check
check: lint check-generate check-breaking test fuzz ## Everything that must pass before a change lands

.PHONY: check-generate
check-generate: generate ## Check that the generated code is current
	@test -z "$$(git status --porcelain -- proto/gen)" || { git status --short -- proto/gen; echo 'proto/gen is not current: run "make generate" and commit the result'; exit 1; }

.PHONY: check-breaking
check-breaking: $(BUF) ## Check that the event contract breaks no subscriber
	@if git rev-parse --verify -q origin/main:proto >/dev/null; then $(BUF) breaking --against '.git#branch=origin/main'; \
	else $(BUF) breaking --against '.git#branch=main'; fi

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s)
	@for target in $$(grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' pkg services | awk '{print $$2}' | sort -u); do \
	  dir=$$(dirname "$$(grep -rlE --include='*_test.go' "^func $$target\(" pkg services)"); \
	  echo "fuzz $$dir $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$dir"; done

.PHONY: bench
bench: build ## Measure the evaluation of a bucket with a million objects
	go build -o $(BIN)/bench ./services/e2e/bench
	$(BIN)/bench -backmon bin/backmon

.PHONY: measure
measure: ## Print style figures: function and file lengths, documentation, tests
	@GOWORK=off go run .ci/measure/main.go proto pkg services

.PHONY: tidy
tidy: ## Tidy the three modules
	for module in proto pkg services; do (cd $$module && GOWORK=off go mod tidy); done

.PHONY: clean
clean: ## Remove what was built, tools included
	rm -rf bin .tmp dist

# Tools: "go install" names a binary after its package; the version goes into our name for it.
define install
	@mkdir -p $(BIN)
	@echo "building $(notdir $@) (once)"
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && GOBIN=$$tmp GOFLAGS= go install $(1) && mv "$$tmp"/* $@
endef

$(BUF):
	$(call install,github.com/bufbuild/buf/cmd/buf@v1.75.0)
$(PROTOC_GEN_GO):
	$(call install,google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12)
$(GOLANGCI_LINT):
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0)
$(VERSITYGW):
	$(call install,github.com/versity/versitygw/cmd/versitygw@v1.8.0)
	@ln -sf $(notdir $@) $(BIN)/versitygw
# The lock file pins version and hash; nothing of the package is run.
$(AXE): .ci/axe/package-lock.json
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && cp .ci/axe/package*.json "$$tmp" && \
	npm ci --prefix "$$tmp" --ignore-scripts --no-audit --no-fund --silent && mkdir -p $(@D) && cp "$$tmp/node_modules/axe-core/axe.min.js" $@
