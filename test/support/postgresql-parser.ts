import { loadModule, type Node, parseSync, SqlError } from 'libpg-query';

/** From the most to the least sensitive: of several, the first decides. */
const SENSITIVITY = ['DCL', 'DDL', 'DML', 'EXECUTE', 'UNKNOWN', 'DQL', 'TCL', 'MISC'] as const;

type StatementClass = (typeof SENSITIVITY)[number];

type KeyOfEach<Union> = Union extends unknown ? keyof Union : never;

/** Never a statement of their own: the wrapper, PL/pgSQL, function bodies, parts of ALTER TABLE, analysed trees. */
type PartOfAStatement = 'RawStmt' | 'PLAssignStmt' | 'ReturnStmt' | 'ReplicaIdentityStmt' | 'SetOperationStmt';

type StatementType = Exclude<Extract<KeyOfEach<Node>, `${string}Stmt`>, PartOfAStatement>;

type Fields = { readonly [Type in StatementType]: Extract<Node, Record<Type, unknown>>[Type] };

type Command<Type extends StatementType> = StatementClass | ((fields: Fields[Type]) => StatementClass);

/** Complete by type: a statement that a newer PostgreSQL adds does not compile until it has a class. */
const COMMANDS: { readonly [Type in StatementType]: Command<Type> } = {
  AlterDefaultPrivilegesStmt: 'DCL',
  AlterRoleSetStmt: 'DCL',
  AlterRoleStmt: 'DCL',
  CreateRoleStmt: 'DCL',
  DropRoleStmt: 'DCL',
  GrantRoleStmt: 'DCL',
  GrantStmt: 'DCL',

  AlterCollationStmt: 'DDL',
  AlterDatabaseRefreshCollStmt: 'DDL',
  AlterDatabaseSetStmt: 'DDL',
  AlterDatabaseStmt: 'DDL',
  AlterDomainStmt: 'DDL',
  AlterEnumStmt: 'DDL',
  AlterEventTrigStmt: 'DDL',
  AlterExtensionContentsStmt: 'DDL',
  AlterExtensionStmt: 'DDL',
  AlterFdwStmt: 'DDL',
  AlterForeignServerStmt: 'DDL',
  AlterFunctionStmt: 'DDL',
  AlterObjectDependsStmt: 'DDL',
  AlterObjectSchemaStmt: 'DDL',
  AlterOpFamilyStmt: 'DDL',
  AlterOperatorStmt: 'DDL',
  AlterOwnerStmt: 'DDL',
  AlterPolicyStmt: 'DDL',
  AlterPublicationStmt: 'DDL',
  AlterSeqStmt: 'DDL',
  AlterStatsStmt: 'DDL',
  AlterSubscriptionStmt: 'DDL',
  AlterSystemStmt: 'DDL',
  AlterTSConfigurationStmt: 'DDL',
  AlterTSDictionaryStmt: 'DDL',
  AlterTableMoveAllStmt: 'DDL',
  AlterTableSpaceOptionsStmt: 'DDL',
  AlterTableStmt: 'DDL',
  AlterTypeStmt: 'DDL',
  AlterUserMappingStmt: 'DDL',
  CommentStmt: 'DDL',
  CompositeTypeStmt: 'DDL',
  CreateAmStmt: 'DDL',
  CreateCastStmt: 'DDL',
  CreateConversionStmt: 'DDL',
  CreateDomainStmt: 'DDL',
  CreateEnumStmt: 'DDL',
  CreateEventTrigStmt: 'DDL',
  CreateExtensionStmt: 'DDL',
  CreateFdwStmt: 'DDL',
  CreateForeignServerStmt: 'DDL',
  CreateForeignTableStmt: 'DDL',
  CreateFunctionStmt: 'DDL',
  CreateOpClassStmt: 'DDL',
  CreateOpFamilyStmt: 'DDL',
  CreatePLangStmt: 'DDL',
  CreatePolicyStmt: 'DDL',
  CreatePublicationStmt: 'DDL',
  CreateRangeStmt: 'DDL',
  CreateSchemaStmt: 'DDL',
  CreateSeqStmt: 'DDL',
  CreateStatsStmt: 'DDL',
  CreateStmt: 'DDL',
  CreateSubscriptionStmt: 'DDL',
  CreateTableAsStmt: 'DDL',
  CreateTableSpaceStmt: 'DDL',
  CreateTransformStmt: 'DDL',
  CreateTrigStmt: 'DDL',
  CreateUserMappingStmt: 'DDL',
  CreatedbStmt: 'DDL',
  DefineStmt: 'DDL',
  DropOwnedStmt: 'DDL',
  DropStmt: 'DDL',
  DropSubscriptionStmt: 'DDL',
  DropTableSpaceStmt: 'DDL',
  DropUserMappingStmt: 'DDL',
  DropdbStmt: 'DDL',
  ImportForeignSchemaStmt: 'DDL',
  IndexStmt: 'DDL',
  ReassignOwnedStmt: 'DDL',
  RefreshMatViewStmt: 'DDL',
  RenameStmt: (rename) => (rename.renameType === 'OBJECT_ROLE' ? 'DCL' : 'DDL'),
  RuleStmt: 'DDL',
  SecLabelStmt: 'DDL',
  ViewStmt: 'DDL',

  DeleteStmt: 'DML',
  InsertStmt: 'DML',
  MergeStmt: 'DML',
  TruncateStmt: 'DML',
  UpdateStmt: 'DML',

  CallStmt: 'EXECUTE',
  DoStmt: 'EXECUTE',
  ExecuteStmt: 'EXECUTE',
  PrepareStmt: 'EXECUTE',

  CopyStmt: (copy) => (copy.is_from ? 'DML' : 'DQL'),
  DeclareCursorStmt: 'DQL',
  FetchStmt: (fetch) => (fetch.ismove ? 'MISC' : 'DQL'),
  SelectStmt: 'DQL',
  VariableShowStmt: 'DQL',

  ConstraintsSetStmt: 'TCL',
  LockStmt: 'TCL',
  TransactionStmt: 'TCL',

  CheckPointStmt: 'MISC',
  ClosePortalStmt: 'MISC',
  ClusterStmt: 'MISC',
  DeallocateStmt: 'MISC',
  DiscardStmt: 'MISC',
  ExplainStmt: 'MISC',
  ListenStmt: 'MISC',
  LoadStmt: 'MISC',
  NotifyStmt: 'MISC',
  ReindexStmt: 'MISC',
  UnlistenStmt: 'MISC',
  VacuumStmt: 'MISC',
  // Only SET TRANSACTION and SET SESSION CHARACTERISTICS set several values at once.
  VariableSetStmt: (set) => (set.kind === 'VAR_SET_MULTI' ? 'TCL' : 'MISC'),
};

/** PostgreSQL's own parser as a judge: the class that its tree gives a text, or null where it refuses the text. */
export async function createParser(): Promise<{ classOf(text: string): StatementClass | null }> {
  await loadModule();
  return { classOf };
}

function classOf(text: string): StatementClass | null {
  // The parser takes a C string: it would pass what stands before the NUL. It also throws on an empty one.
  if (text.includes('\0')) return null;
  if (text === '') return 'UNKNOWN';
  try {
    return mostSensitive(classesIn(parseSync(text).stmts));
  } catch (error) {
    if (error instanceof SqlError) return null;
    throw error;
  }
}

/** The classes of the statements in a tree, those included that they run themselves. A loop: trees are deep. */
function classesIn(tree: unknown): Set<StatementClass> {
  const classes = new Set<StatementClass>();
  const subtrees = [tree];
  while (subtrees.length > 0) {
    for (const [key, child] of entriesOf(subtrees.pop())) {
      if (isStatementType(key)) {
        const fields = child as Fields[typeof key];
        classes.add(classOfStatement(key, fields));
        if (!runsItsParts(key, fields)) continue;
      }
      // The arms of a UNION stand in the tree without their type, so SELECT INTO is known by its clause.
      if (key === 'intoClause') classes.add('DDL');
      subtrees.push(child);
    }
  }
  return classes;
}

function entriesOf(tree: unknown): [string, unknown][] {
  return typeof tree === 'object' && tree !== null ? Object.entries(tree) : [];
}

function classOfStatement<Type extends StatementType>(type: Type, fields: Fields[Type]): StatementClass {
  const command: Command<Type> = COMMANDS[type];
  return typeof command === 'function' ? command(fields) : command;
}

function isStatementType(key: string): key is StatementType {
  return Object.hasOwn(COMMANDS, key);
}

/** Not so where the parts are only kept for later, or looked at. */
function runsItsParts(type: StatementType, fields: Fields[StatementType]): boolean {
  if (type === 'ExplainStmt') return isAnalyzed(fields as Fields['ExplainStmt']);
  return type !== 'PrepareStmt' && type !== 'CreateFunctionStmt';
}

/** As in PostgreSQL the last ANALYZE counts. What is not clearly off is on. */
function isAnalyzed({ options = [] }: Fields['ExplainStmt']): boolean {
  const analyze = options.findLast((option) => 'DefElem' in option && option.DefElem.defname === 'analyze');
  if (!analyze || !('DefElem' in analyze)) return false;
  const { arg } = analyze.DefElem;
  if (!arg) return true;
  // A zero is left out of the tree, as every default.
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) !== 0;
  return !('String' in arg && ['off', 'false'].includes((arg.String.sval ?? '').toLowerCase()));
}

function mostSensitive(classes: ReadonlySet<StatementClass>): StatementClass {
  return SENSITIVITY.find((candidate) => classes.has(candidate)) ?? 'UNKNOWN';
}
