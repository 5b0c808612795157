module github.com/berth-init/berth

go 1.26
