using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>
/// For the types that are marked for crossing: a new object, made as the type's public constructor without parameters makes it (without
/// one: empty), with the carried members copied into it.
/// </summary>
internal sealed class ObjectCopier : Copier
{
    private static readonly MethodInfo CopyOf = typeof(CopyContext).GetMethod(nameof(CopyContext.CopyOf))!;

    private readonly Type _type;
    private readonly Func<object>? _create;
    private readonly Action<object, object, CopyContext> _copyMembers;

    public ObjectCopier(Type type, List<CarriedMember> members, CopierTable copiers)
    {
        _type = type;
        if (!type.IsValueType && type.GetConstructor(Type.EmptyTypes) is { } constructor)
        {
            _create = Expression.Lambda<Func<object>>(Expression.New(constructor)).Compile();
        }

        _copyMembers = Compile(type, members, copiers);
    }

    public override object Copy(object value, CopyContext context)
    {
        var copy = _create?.Invoke() ?? RuntimeHelpers.GetUninitializedObject(_type);
        context.Add(value, copy);
        _copyMembers(value, copy, context);
        return copy;
    }

    // Emitted rather than an expression tree, since those cannot assign read-only fields.
    private static Action<object, object, CopyContext> Compile(Type type, List<CarriedMember> members, CopierTable copiers)
    {
        var method = new DynamicMethod(
            $"Copy {type}", null, [typeof(object), typeof(object), typeof(CopyContext)], type, skipVisibility: true);
        var code = method.GetILGenerator();
        var cast = type.IsValueType ? OpCodes.Unbox : OpCodes.Castclass;
        foreach (var (field, immutable) in members)
        {
            var copied = !immutable && !copiers.IsImmutable(field.FieldType);
            code.Emit(OpCodes.Ldarg_1);
            code.Emit(cast, type);
            if (copied) code.Emit(OpCodes.Ldarg_2);
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(cast, type);
            code.Emit(OpCodes.Ldfld, field);
            if (copied) code.Emit(OpCodes.Callvirt, CopyOf.MakeGenericMethod(field.FieldType));
            code.Emit(OpCodes.Stfld, field);
        }

        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<object, object, CopyContext>>();
    }
}
