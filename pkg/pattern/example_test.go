package pattern_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/pattern"
)

func rules(directory string, files ...string) pattern.Rules {
	d, err := pattern.ParseDirectory(directory)
	if err != nil {
		panic(err)
	}
	r := pattern.Rules{Directory: d}
	for _, text := range files {
		f, err := d.ParseFile(text)
		if err != nil {
			panic(err)
		}
		r.Files = append(r.Files, f)
	}
	return r
}

func Example() {
	set := pattern.NewSet([]pattern.Rules{
		rules("backups/{{client}}", "${client:lower}-%Y%M%D.tar.gz"),
	})
	m := set.Matcher()
	for _, key := range []string{
		"backups/Acme/acme-20260114.tar.gz",
		"backups/Acme/readme.txt",
		"backups/readme.txt",
	} {
		r := m.Match(key)
		for _, g := range r.Groups {
			fmt.Println("group", g.Name)
		}
		for _, h := range r.Hits {
			fmt.Println("file of", h.Group.Name, h.Parts.Time(time.Time{}, time.UTC))
		}
	}
	// Output:
	// group backups/Acme
	// file of backups/Acme 2026-01-14 00:00:00 +0000 UTC
}

func ExampleParseDirectory_problems() {
	_, err := pattern.ParseDirectory("db/{{client}}/%H//${cleint}")
	fmt.Println(err)
	var problems pattern.Errors
	fmt.Println(errors.As(err, &problems), len(problems))
	// Output:
	// column 15: unknown placeholder "%H"; did you mean %h?
	// column 18: empty folder name; remove one of the slashes
	// column 19: undefined variable "cleint"; did you mean ${client}?
	// true 3
}

func ExampleDirectory_Fuse() {
	r := rules("db/{{client}}/{{shard}}", "%A")
	if err := r.Directory.Fuse([]string{"shard"}); err != nil {
		panic(err)
	}
	m := pattern.NewSet([]pattern.Rules{r}).Matcher()
	fmt.Println(m.Match("db/acme/s1/x").Groups[0].Name)
	fmt.Println(m.Match("db/acme/s2/x").Groups[0].Name)
	// Output:
	// db/acme/{{shard}}
	// db/acme/{{shard}}
}

func ExampleTimestamp_Time() {
	modified := time.Date(2026, 1, 31, 4, 5, 6, 0, time.UTC)
	var stamp pattern.Timestamp
	fmt.Println(stamp.With(pattern.Month, 2).Time(modified, time.UTC))
	fmt.Println(stamp.With(pattern.Month, 2).With(pattern.Day, 31).Time(modified, time.UTC))
	// Output:
	// 2026-02-28 04:05:06 +0000 UTC
	// 2026-03-03 04:05:06 +0000 UTC
}

func ExampleSet_Prefixes() {
	set := pattern.NewSet([]pattern.Rules{
		rules("db/{{client}}", "%A"),
		rules("logs", "app-%Y.log", "web-%Y.log"),
	})
	fmt.Printf("%q\n", set.Prefixes())
	// Output:
	// ["db/" "logs/app-" "logs/web-"]
}

func ExampleSet_DeadPrefix() {
	set := pattern.NewSet([]pattern.Rules{rules("db/%Y", "%M-%D.gz")})
	fmt.Println(set.DeadPrefix("db/archive/2026/01.gz"))
	fmt.Println(set.DeadPrefix("db/2026/13-01.gz"))
	fmt.Println(set.DeadPrefix("db/2026/12-01.gz"))
	// Output:
	// db/a true
	// db/2026/13 true
	//  false
}

func ExampleSet_Nearest() {
	set := pattern.NewSet([]pattern.Rules{rules("db/%Y", "%M-%D.gz", "full.gz")})
	key := "db/2026/13-01.gz"
	near, _ := set.Nearest(key)
	fmt.Printf("%q, then expected %s\n", key[:near.Offset], near.Expected)
	// Output:
	// "db/2026/1", then expected %M (01-12)
}
