package io.freshet.trainer.gate;

import java.util.List;

/** What the gate says about a candidate. Only {@link Gate} makes one. */
public sealed interface Verdict {
    /** Every rule, passed or not. */
    List<Rule> rules();

    /** Every rule passed. */
    record Passed(List<Rule> rules) implements Verdict {
        public Passed {
            rules = List.copyOf(rules);
        }
    }

    /** At least one rule did not. */
    record Refused(List<Rule> rules) implements Verdict {
        public Refused {
            rules = List.copyOf(rules);
        }

        /** Names of the rules that did not pass. */
        public List<String> broken() {
            return rules.stream().filter(rule -> !rule.passed()).map(Rule::name).toList();
        }
    }
}
