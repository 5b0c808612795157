package fleet

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/berth-init/berth/internal/spec"
)

// keyTests has, for each key of a service, the test that shows what it does.
func keyTests() map[string]func(*testing.T) {
	all := map[string]func(*testing.T){}
	for _, some := range []map[string]func(*testing.T){
		orderKeys(), switchKeys(), commandKeys(), restartKeys(), readyKeys(), healthKeys(), stopKeys(), limitKeys(), logKeys(),
	} {
		maps.Copy(all, some)
	}
	return all
}

// keys lists the keys of a mapping of the spec, those of mappings in it with a dot.
func keys(t reflect.Type, above string) []string {
	var all []string
	for f := range t.Fields() {
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			if below := keys(inner, above+name+"."); len(below) > 0 {
				all = append(all, below...)
				continue
			}
		}
		all = append(all, above+name)
	}
	return all
}

// A key that the spec lets people write has to do something.
func TestEveryKeyOfAServiceHasATest(t *testing.T) {
	has := slices.Sorted(maps.Keys(keyTests()))
	for _, key := range keys(reflect.TypeFor[spec.Service](), "") {
		if _, found := slices.BinarySearch(has, key); !found {
			t.Errorf("services.NAME.%s has no test", key)
		}
		has = slices.DeleteFunc(has, func(k string) bool { return k == key })
	}
	for _, key := range has {
		t.Errorf("services.NAME.%s is tested, and there is no such key", key)
	}
}

func TestServices(t *testing.T) {
	all := keyTests()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			all[key](t)
		})
	}
}
