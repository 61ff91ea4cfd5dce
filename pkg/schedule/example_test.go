package schedule_test

import (
	"fmt"
	"time"

	"github.com/backmon/backmon/pkg/schedule"
)

// The clock of New York skips 02:30 on March 8th: the tick comes at 03:00.
func Example() {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	s, err := schedule.Parse("30 2 * * *", newYork)
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 3, 8, 12, 0, 0, 0, newYork)
	fmt.Println("before:", s.Prev(now.AddDate(0, 0, -1)))
	fmt.Println("then:  ", s.Prev(now))
	fmt.Println("next:  ", s.Next(now))
	// Output:
	// before: 2026-03-07 02:30:00 -0500 EST
	// then:   2026-03-08 03:00:00 -0400 EDT
	// next:   2026-03-09 02:30:00 -0400 EDT
}

func ExampleError() {
	for _, expression := range []string{"0 24 * * *", "30 22-2 * * *", "02:30"} {
		_, err := schedule.Parse(expression, nil)
		fmt.Println(err)
	}
	// Output:
	// hour: 24 is not in 0-23; the first hour is 0
	// hour: the range 22-2 runs backwards; did you mean "22-23,0-2"?
	// 1 of 5 fields: minute "02:30"; did you mean "30 2 * * *"?
}
