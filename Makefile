# `make` alone lists what there is. Two commands set everything up: `make demo` and `make test`.

SWIFT ?= swift
BIN := .build/debug
SOURCES := Package.swift Sources Instrumentation Collector Dashboards Tests Benchmarks/Benchmarks Benchmarks/Package.swift

# One after the other: they have deadlines, which mean nothing where hundreds of tests share a core.
LIBRARY_TESTS := ^(ClewTests|ClewGRPCTests|ClewPatternsTests|ClewDurablePatternsTests|ExampleHelloTests)\.

# Apart from those with deadlines too: they use every core for half a minute.
ANALYSIS_TESTS := ^ClewAnalysisTests\.

.DEFAULT_GOAL := help
.PHONY: help demo demo-check test test-rabbitmq sanitize lint format bench docs clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: build ## start the collector and the shop, hide a delay in one hop, and have it named (SLOW=HOP, WITH=SWITCHES, KEEP=1)
	@$(BIN)/clew-shop demo $(if $(SLOW),--slow '$(SLOW)') $(if $(KEEP),--keep) $(if $(WITH),--with '$(WITH)')

demo-check: build ## twenty demos, each with a hop chosen at random; all twenty must be named
	@$(BIN)/clew-shop demo --repeat 20

test: ## build and run every test
	@.ci/deps --test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter '$(ANALYSIS_TESTS)'
	$(SWIFT) test --skip-build --skip Integration --skip '$(LIBRARY_TESTS)' --skip '$(ANALYSIS_TESTS)'
	$(SWIFT) test --skip-build --no-parallel --filter '$(LIBRARY_TESTS)'
	$(SWIFT) test --skip-build --filter Integration

test-rabbitmq: ## build the shop with RabbitMQ as its broker, and test it against a real server
	@.ci/deps --rabbitmq
	$(SWIFT) build --build-tests --traits RabbitMQ
	$(SWIFT) test --skip-build --traits RabbitMQ --filter '(RabbitMQTests|LeaseTableTests|AMQPAddressTests)'

sanitize: ## the library's tests once more, under the thread sanitizer
	@.ci/deps --test
	$(SWIFT) test --sanitize=thread --scratch-path .build/tsan -Xswiftc -DTHREAD_SANITIZER --no-parallel --filter '$(LIBRARY_TESTS)'

lint: ## check the format, the direction of imports and what the documents show; needs no build
	@.ci/check-imports
	@.ci/check-docs
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

format: ## format all sources in place
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

bench: ## microbenchmarks without I/O; docs/performance.md keeps the figures
	@.ci/deps
	cd Benchmarks && $(SWIFT) package benchmark

docs: ## the API documentation of the libraries, into .build/docs
	@.ci/docs

clean: ## remove everything that was built
	rm -rf .build Benchmarks/.build

.PHONY: build
build:
	@.ci/deps
	$(SWIFT) build
