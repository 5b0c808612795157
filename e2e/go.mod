module github.com/berth-init/berth/e2e

go 1.26
