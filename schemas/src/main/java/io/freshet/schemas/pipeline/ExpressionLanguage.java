package io.freshet.schemas.pipeline;

import com.google.common.collect.ImmutableSet;
import dev.cel.checker.CelStandardDeclarations;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelMathExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.extensions.CelStringExtensions.Function;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelStandardFunctions.StandardFunction;
import dev.cel.runtime.standard.AddOperator.AddOverload;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * The dialect of the Common Expression Language that pipelines are written in: its standard functions, its strings and
 * math extensions and {@link ExpressionFunctions}, without macros that loop. What an expression costs is therefore
 * bounded by its size and by the size of the texts it reads.
 */
final class ExpressionLanguage {
    /** In characters. */
    static final int LONGEST_SOURCE = 4_096;

    static final int DEEPEST = 150;

    private static final int MOST_NODES = 2_000;

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(LONGEST_SOURCE)
            .maxParseRecursionDepth(DEEPEST)
            .maxParseExpressionNodeCount(MOST_NODES)
            .enableHeterogeneousNumericComparisons(true)
            .build();

    private static final CelMathExtensions MATH = CelExtensions.math(OPTIONS);

    /** Without join, quote and replace, whose result may be much longer than what they are given. */
    private static final CelStringExtensions STRINGS = CelExtensions.strings(
            Function.CHAR_AT,
            Function.INDEX_OF,
            Function.LAST_INDEX_OF,
            Function.LOWER_ASCII,
            Function.REVERSE,
            Function.SPLIT,
            Function.SUBSTRING,
            Function.TRIM,
            Function.UPPER_ASCII);

    private static final Set<String> TEXT_FUNCTIONS = Set.of(
            "charAt", "indexOf", "lastIndexOf", "lowerAscii", "reverse", "split", "substring", "trim", "upperAscii");

    private static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(ImmutableSet.of())
            .addLibraries(MATH, STRINGS)
            .addFunctionDeclarations(ExpressionFunctions.declarations())
            .build();

    private static final CelRuntime RUNTIME = CelRuntimeFactory.plannerRuntimeBuilder()
            .setOptions(OPTIONS)
            .setStandardFunctions(CelStandardFunctions.newBuilder()
                    .filterFunctions((function, overload) ->
                            function != StandardFunction.MATCHES && overload != AddOverload.ADD_STRING)
                    .build())
            .addLibraries(MATH, STRINGS)
            .addFunctionBindings(ExpressionFunctions.matches())
            .addFunctionBindings(ExpressionFunctions.concatenation())
            .addFunctionBindings(ExpressionFunctions.bindings())
            .build();

    private ExpressionLanguage() {}

    static CelAbstractSyntaxTree parse(String source) throws CelValidationException {
        return COMPILER.parse(source).getAst();
    }

    static CelAbstractSyntaxTree check(CelAbstractSyntaxTree parsed, Collection<? extends Variable> variables)
            throws CelValidationException {
        CelCompilerBuilder builder = COMPILER.toCompilerBuilder();
        variables.forEach(variable -> builder.addVar(variable.name(), variable.type()));
        return builder.build().check(parsed).getAst();
    }

    static CelRuntime.Program program(CelAbstractSyntaxTree checked) throws CelEvaluationException {
        return RUNTIME.createProgram(checked);
    }

    /** The functions that can be called by name, for messages. */
    static Set<String> functions() {
        Set<String> names = new TreeSet<>(TEXT_FUNCTIONS);
        CelStandardDeclarations.getAllFunctionNames().stream()
                .filter(name -> Character.isLetter(name.charAt(0)) && !name.equals("bytes") && !name.equals("dyn"))
                .forEach(names::add);
        CelExtensions.getAllFunctionNames().stream()
                .filter(name -> name.startsWith("math.") && !name.contains("@"))
                .forEach(names::add);
        names.addAll(Set.of("math.greatest", "math.least"));
        ExpressionFunctions.declarations().forEach(declared -> names.add(declared.name()));
        return names;
    }
}
