# Each target is a program in hack/ that can be run by itself; docs/architecture.md says what is where.
.PHONY: build images demo test proof check gen clean bench-boot bench-door bench-words bench-heal bench-supervise bench-logs bench-orphans bench-stop bench-s6
MAKEFLAGS += --no-print-directory

# What the binary says about itself. A tree without git (an unpacked archive) has no describe.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
SIZE_LIMIT = 15728640

build: ## bin/berth: static, trimmed, at most 15 MiB
	CGO_ENABLED=0 go build -tags nethttpomithttp2 -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/berth ./cmd/berth
	@size=$$(stat -c %s bin/berth); test $$size -le $(SIZE_LIMIT) || { echo "bin/berth has $$size bytes, more than $(SIZE_LIMIT)" >&2; exit 1; }

images: ## berth-hermes:dev and berth-transmission:dev
	hack/images

demo: ## a real volume in, a right one out, with a real engine
	hack/demo

test: ## every test there is, with a real engine; sets up what it needs
	hack/test

proof: ## the long attacks and crash tests: 20,000 boots under siege, 1,000 kills
	hack/proof

check: ## what needs no run: vet, linters, known holes, generated files, shell
	hack/check

gen: ## what is generated from tables
	go generate ./...

clean: ## bin/ and nothing else
	rm -rf bin

bench-boot: ## what berth adds to docker run, limit 60 ms
	hack/bench-boot

bench-door: ## what a front door costs beside an empty Go program, limit 2.1
	hack/bench-door

bench-words: ## what with-contenv, s6-setuidgid and s6-svstat cost beside an empty Go program, limit 2.1
	hack/bench-words

bench-heal: ## a million files looked at and re-owned, beside chown -R and find
	hack/bench-heal

bench-supervise: ## berth beside its peers: start, crash, control, stop, memory of up to 1,000 services
	hack/bench-supervise

bench-logs: ## lines into stamped, rotated files, beside s6-log and svlogd
	hack/bench-logs

bench-orphans: ## 10,000 orphans until PID 1 has reaped them, limit 1.1 times the floor
	hack/bench-orphans

bench-stop: ## what berth adds to docker stop, limit 100 ms
	hack/bench-stop

bench-s6: ## a boot of an image in s6-overlay's manner until its command runs, beside s6-svscan, limit a third
	hack/bench-s6
