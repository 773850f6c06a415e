package io.freshet.schemas.pipeline;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelUnparserFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says what a checker's complaint means to somebody who does not know CEL's overloads, and what to write instead. */
final class Diagnosis {
    private static final Pattern NO_OVERLOAD =
            Pattern.compile("found no matching overload for '(.+)' applied to '(.*)' \\(candidates: (.*)\\)");
    private static final Pattern UNDECLARED = Pattern.compile("undeclared reference to '(.+)' \\(in container '.*'\\)");
    private static final Pattern PARAMETER = Pattern.compile("%[A-Z]+\\d+");
    private static final Pattern WORD = Pattern.compile("no viable alternative at input '\\.(in|true|false|null)'");
    private static final Pattern NUMBERS = Pattern.compile("-?\\d+");
    private static final Set<String> NAMESPACES = Set.of("math");

    private final CelAbstractSyntaxTree tree;
    private final ExpressionNames names;

    Diagnosis(CelAbstractSyntaxTree tree, ExpressionNames names) {
        this.tree = tree;
        this.names = names;
    }

    /** What is wrong and how to mend it; empty for a complaint that only follows from another. */
    Optional<String> of(CelIssue issue) {
        String message = issue.getMessage();
        Optional<CelExpr> at = find(tree.getExpr(), issue.getExprId());
        Matcher undeclared = UNDECLARED.matcher(message);
        if (undeclared.matches()) {
            return undeclared(undeclared.group(1), at);
        }
        Matcher overload = NO_OVERLOAD.matcher(message);
        if (overload.matches() && at.isPresent() && at.get().getKind() == CelExpr.ExprKind.Kind.CALL) {
            return Optional.of(overload(at.get().call(), overload.group(2), overload.group(3)));
        }
        return Optional.of(message);
    }

    /** What the parser's complaint means. */
    static String ofSyntax(CelIssue issue) {
        String message = issue.getMessage();
        if (message.contains("recursion limit")) {
            return "is nested too deeply; at most " + ExpressionLanguage.DEEPEST
                    + " levels are taken, so split it into several features";
        }
        if (message.startsWith("mismatched input '<EOF>'")) {
            return "the expression ends too early";
        }
        Matcher word = WORD.matcher(message);
        if (word.matches()) {
            return "'" + word.group(1) + "' is a word of the language; write the field as `" + word.group(1) + "`";
        }
        if (message.startsWith("token recognition error at: '\"")
                || message.startsWith("token recognition error at: ''")) {
            return "a text in quotes is not closed";
        }
        int expecting = message.indexOf(" expecting ");
        return expecting < 0 ? message : message.substring(0, expecting);
    }

    private Optional<String> undeclared(String name, Optional<CelExpr> at) {
        if (at.isPresent() && at.get().getKind() == CelExpr.ExprKind.Kind.CALL) {
            String full = at.get()
                    .call()
                    .target()
                    .filter(target -> target.getKind() == CelExpr.ExprKind.Kind.IDENT)
                    .map(target -> target.ident().name() + "." + name)
                    .orElse(name);
            return Optional.of("there is no function " + full + "()"
                    + Nearest.of(full, ExpressionLanguage.functions())
                            .map(meant -> "; did you mean " + meant + "()?")
                            .orElse(""));
        }
        if (NAMESPACES.contains(name)) {
            return Optional.empty();
        }
        return Optional.of("there is no '" + name + "' here; "
                + names.suggested(name)
                        .map(meant -> "did you mean " + meant + "?")
                        .orElse("fields are written event.NAME, texts in quotes"));
    }

    private String overload(CelExpr.CelCall call, String applied, String candidates) {
        List<String> types = types(applied);
        Stream<CelExpr> receiver =
                call.target().filter(target -> namespace(target).isEmpty()).stream();
        List<CelExpr> operands = Stream.concat(receiver, call.args().stream()).toList();
        String shown = types.stream().map(Diagnosis::worded).collect(Collectors.joining(" and "));
        String function = call.function();
        if (function.equals("_?_:_") && types.size() == 3) {
            if (!plain(types.getFirst()).equals("bool")) {
                return "the condition before '?' must be true or false, not " + worded(types.getFirst());
            }
            return "both outcomes of '?:' must be of one type, not " + worded(types.get(1)) + " and "
                    + worded(types.get(2))
                    + numberFix(operands.subList(1, 3), types.subList(1, 3)).orElse("");
        }
        if (function.equals("_==_") || function.equals("_!=_")) {
            int nothing = types.indexOf("null");
            if (nothing >= 0 && types.size() == 2) {
                String other = types.get(1 - nothing);
                return other.startsWith("list") || other.startsWith("map")
                        ? "an array or map cannot be compared with null; where it is null, size(...) has no value"
                        : text(operands.get(1 - nothing)) + " is never null; leave the comparison out";
            }
        }
        Optional<String> fix = numberFix(operands, types);
        if (function.equals("_+_") && fix.isEmpty()) {
            fix = textFix(operands, types);
        }
        if (function.startsWith("_") || function.startsWith("!") || function.startsWith("-")) {
            String operator = function.equals("_[_]") ? "[]" : function.replace("_", "");
            return "'" + operator + "' cannot be applied to " + shown + fix.orElse("");
        }
        List<List<String>> accepted =
                split(candidates).stream().map(Diagnosis::types).toList();
        String called = call.target().flatMap(Diagnosis::namespace).orElse("") + readable(function);
        return called + " cannot be applied to " + shown
                + doubleFix(operands, types, accepted)
                        .orElse("; it takes "
                                + accepted.stream()
                                        .map(parameters -> parameters.isEmpty()
                                                ? "nothing"
                                                : parameters.stream()
                                                        .map(Diagnosis::worded)
                                                        .collect(Collectors.joining(" and ")))
                                        .collect(Collectors.joining(", or ")));
    }

    private static Optional<String> namespace(CelExpr target) {
        return target.getKind() == CelExpr.ExprKind.Kind.IDENT
                        && NAMESPACES.contains(target.ident().name())
                ? Optional.of(target.ident().name() + ".")
                : Optional.empty();
    }

    private static String readable(String function) {
        return switch (function) {
            case "math.@max" -> "math.greatest()";
            case "math.@min" -> "math.least()";
            case "@in" -> "'in'";
            default -> function + "()";
        };
    }

    /** For an int beside a double: how to make a double of it. */
    private Optional<String> numberFix(List<CelExpr> operands, List<String> types) {
        List<String> plain = types.stream().map(Diagnosis::plain).toList();
        int whole = plain.indexOf("int");
        return whole >= 0 && plain.contains("double") && whole < operands.size()
                ? Optional.of("; write " + asDouble(operands.get(whole)))
                : Optional.empty();
    }

    /** For a call that would be right if its ints were doubles. */
    private Optional<String> doubleFix(List<CelExpr> operands, List<String> types, List<List<String>> accepted) {
        for (List<String> parameters : accepted) {
            List<String> fixes = new ArrayList<>();
            boolean fits = parameters.size() == types.size() && types.size() == operands.size();
            for (int index = 0; fits && index < types.size(); index++) {
                String given = plain(types.get(index));
                if (given.equals("int") && parameters.get(index).equals("double")) {
                    fixes.add(asDouble(operands.get(index)));
                } else {
                    fits = given.equals(parameters.get(index));
                }
            }
            if (fits && !fixes.isEmpty()) {
                return Optional.of("; write " + String.join(" and ", fixes));
            }
        }
        return Optional.empty();
    }

    private Optional<String> textFix(List<CelExpr> operands, List<String> types) {
        List<String> plain = types.stream().map(Diagnosis::plain).toList();
        int text = plain.indexOf("string");
        return text >= 0 && plain.size() == 2 && Set.of("int", "double", "bool").contains(plain.get(1 - text))
                ? Optional.of("; write string(" + text(operands.get(1 - text)) + ")")
                : Optional.empty();
    }

    private String asDouble(CelExpr operand) {
        String text = text(operand);
        return operand.getKind() == CelExpr.ExprKind.Kind.CONSTANT
                        && operand.constant().getKind() == CelConstant.Kind.INT64_VALUE
                        && NUMBERS.matcher(text).matches()
                ? text + ".0"
                : "double(" + text + ")";
    }

    private String text(CelExpr part) {
        return CelUnparserFactory.newUnparser()
                .unparse(CelAbstractSyntaxTree.newParsedAst(part, tree.getSource()))
                .replace("math.@max(", "math.greatest(")
                .replace("math.@min(", "math.least(");
    }

    private static String plain(String type) {
        return type.startsWith("wrapper(") ? type.substring(8, type.length() - 1) : type;
    }

    static String worded(String type) {
        return switch (plain(type)) {
            case "google.protobuf.Timestamp" -> "timestamp";
            case "google.protobuf.Duration" -> "duration";
            default -> PARAMETER.matcher(plain(type)).replaceAll("any");
        };
    }

    /** The types of {@code (a, b)} or {@code receiver.(a, b)}. */
    private static List<String> types(String applied) {
        List<String> types = new ArrayList<>();
        int open = applied.startsWith("(") ? 0 : applied.indexOf(".(") + 1;
        if (open > 0) {
            types.add(applied.substring(0, open - 1));
        }
        String inside = applied.substring(open + 1, applied.length() - 1);
        if (!inside.isBlank()) {
            types.addAll(split(inside));
        }
        return types;
    }

    /** Splits at the commas that are not within brackets. */
    private static List<String> split(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int at = 0; at < list.length(); at++) {
            char character = list.charAt(at);
            if (character == '(') {
                depth++;
            } else if (character == ')') {
                depth--;
            } else if (character == ',' && depth == 0) {
                parts.add(list.substring(start, at).strip());
                start = at + 1;
            }
        }
        parts.add(list.substring(start).strip());
        return parts;
    }

    private static Optional<CelExpr> find(@Nullable CelExpr part, long id) {
        if (part == null || part.id() == id) {
            return Optional.ofNullable(part);
        }
        Stream<CelExpr> parts = switch (part.getKind()) {
            case SELECT -> Stream.of(part.select().operand());
            case CALL -> Stream.concat(part.call().target().stream(), part.call().args().stream());
            case LIST -> part.list().elements().stream();
            case MAP -> part.map().entries().stream().flatMap(entry -> Stream.of(entry.key(), entry.value()));
            default -> Stream.empty();
        };
        return parts.map(inner -> find(inner, id)).flatMap(Optional::stream).findFirst();
    }
}
