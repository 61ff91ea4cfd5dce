package message

import "reflect"

// fields lists the exported names of a type that templates see.
func fields(name string) []string {
	for _, t := range []reflect.Type{
		reflect.TypeFor[View](), reflect.TypeFor[Item](), reflect.TypeFor[Reason](), reflect.TypeFor[Latest](), reflect.TypeFor[Detail](),
		reflect.TypeFor[Section](), reflect.TypeFor[Digest](), reflect.TypeFor[DigestDisk](),
	} {
		if t.Name() == name {
			return exported(t)
		}
	}
	return nil
}

func exported(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			names = append(names, f.Name)
		}
	}
	return names
}
