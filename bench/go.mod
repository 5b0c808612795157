module github.com/berth-init/berth/bench

go 1.26
